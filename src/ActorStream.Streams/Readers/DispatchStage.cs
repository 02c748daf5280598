using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Readers;

/// <summary>What may be asked of a running reader; from any thread.</summary>
public interface IReaderControl
{
    /// <summary>protocol.md rule 13: drains for at most five seconds, commits, completes.</summary>
    void Stop();

    /// <summary>Completes when the reader stopped as planned or was fenced; fails on an anomaly, after which it starts again from its row.</summary>
    Task<string> Ended { get; }

    ReaderProgress Progress { get; }
}

/// <param name="CommittedAtMs">When the last commit was acknowledged (epoch milliseconds), or when the reader started.</param>
public sealed record ReaderProgress(long Position, long Next, int Tracked, long CommittedAtMs)
{
    /// <summary>Whose source it reads; null: no pipeline's.</summary>
    public string? Pipeline { get; init; }

    /// <summary>Of the partition at its committed position, epoch milliseconds; null: none yet, or its group lives without one.</summary>
    public long? Watermark { get; init; }
}

/// <summary>An entity lost its memory: the reader starts again from its committed row.</summary>
public sealed class ReaderAnomalyException(string reason) : Exception(reason);

/// <summary>The reader's side of the protocol as a sink: decodes chunks, stores what could not be read, feeds entities; shell of <see cref="ReaderMachine"/>, which does the thinking.</summary>
/// <remarks>Pulls only while the machine wants a chunk: the bound on what is not committed is the back-pressure. Entities answer its stage actor.</remarks>
internal sealed class DispatchStage(ReaderParts parts, ReaderGroup group, PartitionId partition, CommitRow row, DueLook? due)
    : GraphStageWithMaterializedValue<SinkShape<TopicChunk>, IReaderControl>
{
    /// <summary>Commits are tried more often than ticks are sent: a commit costs one small update, what is not committed costs replay.</summary>
    private static readonly TimeSpan CommitEvery = TimeSpan.FromMilliseconds(100);

    private const int ClosingLooksMax = 100;

    private readonly Inlet<TopicChunk> _in = new("Dispatch.in");

    public override SinkShape<TopicChunk> Shape => new(_in);

    protected override Attributes InitialAttributes => Attributes.CreateName($"dispatch-{partition}");

    public override ILogicAndMaterializedValue<IReaderControl> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<IReaderControl>(logic, logic);
    }

    private PartitionId Partition => partition;

    private CommitRow Row => row;

    private ReaderGroup Group => group;

    private ReaderParts Parts => parts;

    private DueLook? Due => due;

    private sealed class Logic : TimerGraphStageLogic, IReaderControl, IReaderEffects
    {
        private readonly DispatchStage _stage;
        private readonly ReaderMachine _machine;
        private readonly ChunkDecoder _decoder;
        private readonly PartitionRows? _rows;
        private readonly ReaderActivity? _activity;
        private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action _onStop;
        private readonly Action<CommitOutcome> _onCommitted;
        private readonly Action<Exception?> _onStored;
        private int _closingLooks;
        private TopicChunk? _early;
        private DecodedChunk? _storing;
        private long _watermark = PartitionId.NoTime;
        private long _committedAtMs;
        private volatile ReaderProgress _progress;
        private StageActor? _self;

        public Logic(DispatchStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _machine = new ReaderMachine(stage.Partition, stage.Row, stage.Group.Bounds ?? stage.Parts.Bounds, stage.Group.FixedEntities, this, stage.Group.Time);
            _decoder = stage.Group.Decoder(stage.Partition, stage.Row);
            _rows = stage.Group.Time is null ? null : new PartitionRows(stage.Parts, stage.Group, stage.Partition);
            if (stage.Group.Pipeline is { } pipeline && stage.Parts.Telemetry is { } telemetry)
                _activity = new ReaderActivity(telemetry, pipeline, stage.Group.HasSinks, stage.Partition, stage.Row, stage.Parts.Time);
            _committedAtMs = stage.Parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
            _progress = ProgressNow();
            _onStop = GetAsyncCallback(() => _machine.OnStop(Now));
            _onCommitted = GetAsyncCallback<CommitOutcome>(OnCommitted);
            _onStored = GetAsyncCallback<Exception?>(OnStored);
            SetHandler(stage._in, OnPush, onUpstreamFailure: Fail);
        }

        public Task<string> Ended => _ended.Task;

        public ReaderProgress Progress => _progress;

        // Not by whole numbers: nanoseconds since the machine started, times 1000, leave 64 bits after 106 days.
        private long Now => (long)_stage.Parts.Time.GetElapsedTime(0).TotalMilliseconds;

        public override void PreStart()
        {
            _self = GetStageActor(OnMessage);
            ScheduleRepeatedly("tick", TimeSpan.FromMilliseconds(_stage.Group.TickMs));
            ScheduleRepeatedly("commit", CommitEvery);
            PullIfWanted();
        }

        /// <summary>Without a word before: something threw, or the materializer went. The reader starts again, if there still is one.</summary>
        public override void PostStop() => _ended.TrySetException(new ReaderAnomalyException("the stream ended without a reason"));

        public void Stop() => _onStop();

        void IReaderEffects.Send(Apply apply) => _stage.Group.Entities.Tell(apply, _self!.Ref);

        void IReaderEffects.Commit(CommitRow row)
        {
            var committed = _stage.Parts.Commits.CommitAsync(_stage.Partition, row);
            _ = committed.ContinueWith(
                t => _onCommitted(t.IsCompletedSuccessfully ? t.GetAwaiter().GetResult() : CommitOutcome.Unknown),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        void IReaderEffects.Restart(string reason) => Fail(new ReaderAnomalyException(reason));

        void IReaderEffects.Stop(string reason)
        {
            _ended.TrySetResult(reason);
            CompleteStage();
        }

        private void Fail(Exception error)
        {
            _ended.TrySetException(error);
            FailStage(error);
        }

        private void OnPush()
        {
            var chunk = Grab(_stage._in);
            // Asked for before the partition was found idle: its first watermark is not known yet.
            if (_machine.CanTakeChunk)
                Take(chunk);
            else
                _early = chunk;
        }

        private void Take(TopicChunk chunk)
        {
            _decoder.RaiseTo(_machine.MaxEventTime);
            var decoded = _decoder.Decode(chunk);
            _activity?.Read(decoded.Chunk, chunk.ArrivedMs, decoded.Letters);
            if (decoded.Letters.Count == 0)
                Feed(decoded.Chunk);
            else
                Store(decoded);
        }

        /// <summary>Letters are durable before the commit that passes them.</summary>
        private void Store(DecodedTopicChunk decoded)
        {
            _storing = decoded.Chunk;
            _stage.Parts.DeadLetters.AddAsync(decoded.Letters).ContinueWith(
                t => _onStored(t.Exception?.InnerException), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        private void OnStored(Exception? error)
        {
            var chunk = _storing!;
            _storing = null;
            if (error is null)
                Feed(chunk);
            else
                Fail(error);
        }

        private void Feed(DecodedChunk chunk)
        {
            _machine.OnChunk(chunk);
            PullIfWanted();
        }

        private void OnMessage((IActorRef Sender, object Message) received)
        {
            if (received.Message is Answer answer)
            {
                _machine.OnAnswer(answer);
                PullIfWanted();
            }
            else
            {
                Log.Warning("Reader {0} got an unexpected {1}", _stage.Partition, received.Message.GetType().Name);
            }
        }

        private void OnCommitted(CommitOutcome outcome)
        {
            var timeBefore = _machine.Committed.MaxEventTime;
            _machine.OnCommitted(outcome);
            if (outcome == CommitOutcome.Committed)
            {
                _committedAtMs = _stage.Parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
                _activity?.Committed(_machine.Committed);
                if (_machine.Committed.MaxEventTime > timeBefore)
                    TellTime();
            }
            ShowProgress();
            if (_early is { } early && _machine.CanTakeChunk)
            {
                _early = null;
                Take(early);
            }
            PullIfWanted();
        }

        protected override void OnTimer(object timerKey)
        {
            if (timerKey is "tick" || IsClosing())
                EachSecond();
            else
                _machine.TryCommit();
            ShowProgress();
        }

        private void EachSecond()
        {
            LookAtRows();
            _machine.OnTick(Now, new Tick(_watermark, PartitionId.NoTime));
            TickWhatIsDue();
            PullIfWanted();
        }

        /// <summary>The log has ended and was read: what is left to do is asked for more often than each second, for a while.</summary>
        private bool IsClosing() => _stage.Group.Log is not null && _closingLooks < ClosingLooksMax && _rows!.End() is var (head, hasEnded) && hasEnded && head == _machine.Next && ++_closingLooks > 0;

        /// <summary>protocol.md rules 11 and 12.</summary>
        private void LookAtRows()
        {
            if (_rows is null)
                return;
            var rows = Rows();
            var (head, hasEnded) = _rows.End();
            _machine.OnRows(Now, rows, head, hasEnded);
        }

        /// <summary>Rows are read after the commit that may have raised the least of them: of two readers that commit at once, one sees both (ADR 013).</summary>
        private void TellTime()
        {
            if (_rows is null)
                return;
            Rows();
            _machine.TellTime(_watermark);
        }

        private IReadOnlyList<CommitRow?> Rows()
        {
            var rows = _rows!.Read(_machine.Committed);
            _watermark = Math.Max(_watermark, _stage.Group.Time!.Watermark(rows));
            return rows;
        }

        private void TickWhatIsDue()
        {
            if (_stage.Due?.At(_machine.Next) is { } found)
                _machine.OnDue(Now, found.Due, new Tick(_watermark, found.HeadTime));
        }

        private void ShowProgress() => _progress = ProgressNow();

        private ReaderProgress ProgressNow()
        {
            var time = _machine.Committed.MaxEventTime;
            return new ReaderProgress(_machine.Position, _machine.Next, _machine.TrackedCount, _committedAtMs)
            {
                Pipeline = _stage.Group.Pipeline,
                Watermark = _stage.Group.Time is { } policy && time != PartitionId.NoTime ? time - policy.DelayMs : null,
            };
        }

        private void PullIfWanted()
        {
            if (_machine.WantsChunk && _early is null && _storing is null && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
                Pull(_stage._in);
        }
    }
}
