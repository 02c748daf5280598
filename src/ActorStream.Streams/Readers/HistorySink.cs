using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Readers;

/// <summary>Writes alarms to the history table: one chunk, one transaction that also moves the position.</summary>
/// <remarks>One write in flight. A write whose outcome is unknown fails the stage: the reader claims the row again and sees where it stands.</remarks>
internal sealed class HistorySink(PartitionId partition, CommitRow row, IAlarmHistory history, TimeProvider time) : GraphStageWithMaterializedValue<SinkShape<TopicChunk>, IReaderControl>
{
    private readonly Inlet<TopicChunk> _in = new("History.in");

    public override SinkShape<TopicChunk> Shape => new(_in);

    public override ILogicAndMaterializedValue<IReaderControl> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this, partition, row, history, time);
        return new LogicAndMaterializedValue<IReaderControl>(logic, logic);
    }

    private sealed class Logic : GraphStageLogic, IReaderControl
    {
        private readonly HistorySink _stage;
        private readonly PartitionId _partition;
        private readonly IAlarmHistory _history;
        private readonly TimeProvider _time;
        private readonly AlarmDecoder _decoder;
        private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action _onStop;
        private readonly Action<CommitOutcome> _onWritten;
        private CommitRow _row;
        private CommitRow? _writing;
        private volatile ReaderProgress _progress;
        private bool _stopping;

        public Logic(HistorySink stage, PartitionId partition, CommitRow row, IAlarmHistory history, TimeProvider time)
            : base(stage.Shape)
        {
            (_stage, _partition, _row, _history, _time) = (stage, partition, row, history, time);
            _decoder = new AlarmDecoder(partition, row, NoticeGroups.Count);
            _progress = new ReaderProgress(row.Position, row.Position, 0, NowMs);
            _onStop = GetAsyncCallback(OnStop);
            _onWritten = GetAsyncCallback<CommitOutcome>(OnWritten);
            SetHandler(stage._in, OnPush, onUpstreamFailure: Fail);
        }

        public Task<string> Ended => _ended.Task;

        public ReaderProgress Progress => _progress;

        private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

        public override void PreStart() => Pull(_stage._in);

        /// <summary>Without a word before: something threw, or the materializer went. The reader starts again, if there still is one.</summary>
        public override void PostStop() => _ended.TrySetException(new ReaderAnomalyException("the stream ended without a reason"));

        public void Stop() => _onStop();

        private void OnPush()
        {
            var chunk = Grab(_stage._in);
            IReadOnlyList<AlarmRecord> alarms = [.. _decoder.Read(chunk).Select(a => a.Alarm)];
            _writing = _row with { Serial = _row.Serial + 1, Position = chunk.Next, Counters = _row.Counters + new ReaderCounters(chunk.Next - chunk.From, alarms.Count, 0, chunk.Next - chunk.From - alarms.Count) };
            _ = _history.WriteAsync(_partition, _row.Position, _writing, alarms).ContinueWith(
                t => _onWritten(t.IsCompletedSuccessfully ? t.GetAwaiter().GetResult() : CommitOutcome.Unknown),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        private void OnWritten(CommitOutcome outcome)
        {
            if (outcome == CommitOutcome.Fenced)
            {
                End($"another reader owns {_partition}");
                return;
            }
            if (outcome == CommitOutcome.Unknown)
            {
                Fail(new ReaderAnomalyException($"a write of {_partition} has no known outcome"));
                return;
            }
            _row = _writing!;
            _writing = null;
            _progress = new ReaderProgress(_row.Position, _row.Position, 0, NowMs);
            if (_stopping)
                End("stopped as planned");
            else
                Pull(_stage._in);
        }

        private void OnStop()
        {
            _stopping = true;
            if (_writing is null)
                End("stopped as planned");
        }

        private void End(string reason)
        {
            _ended.TrySetResult(reason);
            CompleteStage();
        }

        private void Fail(Exception error)
        {
            _ended.TrySetException(error);
            FailStage(error);
        }
    }
}
