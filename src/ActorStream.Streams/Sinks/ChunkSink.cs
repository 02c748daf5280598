using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Windows;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Sinks;

/// <summary>The outside as a reader's "entity" (protocol.md rule 29): writes a chunk and moves the position, so that neither is there without the other.</summary>
public interface IChunkWriter : IDisposable
{
    /// <param name="row">Where the writer stands; its processor state is the writer's own.</param>
    /// <returns>The row as it is now, or why it is not known. A failure starts the reader again from its committed row.</returns>
    Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk);
}

/// <summary>Hands chunks to a writer, one at a time.</summary>
/// <remarks>A write whose outcome is unknown fails the stage: the reader claims the row again and sees where it stands. A sink that fails holds back nothing but itself: its topic grows.</remarks>
internal sealed class ChunkSink(PartitionId partition, CommitRow row, Func<IChunkWriter> open, TimeProvider time, SinkActivity? activity = null)
    : GraphStageWithMaterializedValue<SinkShape<TopicChunk>, IReaderControl>
{
    private readonly Inlet<TopicChunk> _in = new("Sink.in");

    public override SinkShape<TopicChunk> Shape => new(_in);

    protected override Attributes InitialAttributes => Attributes.CreateName($"sink-{partition}");

    public override ILogicAndMaterializedValue<IReaderControl> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this, partition, row, open, time, activity);
        return new LogicAndMaterializedValue<IReaderControl>(logic, logic);
    }

    private sealed class Logic : GraphStageLogic, IReaderControl
    {
        private readonly ChunkSink _stage;
        private readonly PartitionId _partition;
        private readonly Func<IChunkWriter> _open;
        private readonly TimeProvider _time;
        private readonly SinkActivity? _activity;
        private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action _onStop;
        private readonly Action<Task<(CommitOutcome Outcome, CommitRow Row)>> _onWritten;
        private CommitRow _row;
        private IChunkWriter? _writer;
        private TopicChunk? _writing;
        private volatile ReaderProgress _progress;
        private bool _stopping;

        public Logic(ChunkSink stage, PartitionId partition, CommitRow row, Func<IChunkWriter> open, TimeProvider time, SinkActivity? activity)
            : base(stage.Shape)
        {
            (_stage, _partition, _row, _open, _time, _activity) = (stage, partition, row, open, time, activity);
            _progress = new ReaderProgress(row.Position, row.Position, 0, NowMs);
            _onStop = GetAsyncCallback(OnStop);
            _onWritten = GetAsyncCallback<Task<(CommitOutcome Outcome, CommitRow Row)>>(OnWritten);
            SetHandler(stage._in, OnPush, onUpstreamFailure: Fail);
        }

        public Task<string> Ended => _ended.Task;

        public ReaderProgress Progress => _progress;

        private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

        public override void PreStart()
        {
            _writer = _open();
            Pull(_stage._in);
        }

        /// <summary>Without a word before: something threw, or the materializer went. The reader starts again, if there still is one.</summary>
        public override void PostStop()
        {
            _ended.TrySetException(new ReaderAnomalyException("the stream ended without a reason"));
            _writer?.Dispose();
        }

        public void Stop() => _onStop();

        private void OnPush()
        {
            _writing = Grab(_stage._in);
            _ = _writer!.WriteAsync(_row, _writing).ContinueWith(_onWritten, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        private void OnWritten(Task<(CommitOutcome Outcome, CommitRow Row)> written)
        {
            var chunk = _writing!;
            _writing = null;
            if (!written.IsCompletedSuccessfully)
            {
                Fail(new ReaderAnomalyException($"a write of {_partition} failed: {written.Exception?.InnerException?.Message ?? "it was given up"}"));
                return;
            }
            var (outcome, row) = written.GetAwaiter().GetResult();
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
            _row = row;
            _activity?.Written(chunk);
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
