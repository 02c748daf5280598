using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorStream.Streams.Tests.Sinks;

public sealed class HistorySinkSpec(ITestOutputHelper output) : TestKit("akka.test.single-expect-default = 20s", output: output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly PartitionId Partition = new(TopicNames.HistoryGroup, TopicNames.Alarms, 1, 0);

    private readonly SlowHistory _history = new();

    [Fact]
    public async Task Rows_and_position_are_one_write_and_one_is_in_flight()
    {
        var (source, control) = Run();
        source.SendNext(Chunk(0, 2)).SendNext(Chunk(2, 1));

        var first = await _history.NextAsync();
        Assert.Equal((0L, 2L, 2), (first.From, first.Row.Position, first.Alarms.Count));
        Assert.False(_history.HasMore);
        first.Done.SetResult(CommitOutcome.Committed);

        var second = await _history.NextAsync();
        Assert.Equal((2L, 3L, 1), (second.From, second.Row.Position, second.Alarms.Count));
        Assert.Equal(new ReaderCounters(3, 3, 0, 0), second.Row.Counters);
        Assert.True(second.Row.Serial > first.Row.Serial);
        second.Done.SetResult(CommitOutcome.Committed);
        AwaitAssert(() => Assert.Equal(3, control.Progress.Position), Patience);
    }

    [Fact]
    public async Task A_fenced_write_ends_it_without_an_error()
    {
        var (source, control) = Run();
        source.SendNext(Chunk(0, 2));

        (await _history.NextAsync()).Done.SetResult(CommitOutcome.Fenced);

        Assert.Contains("another reader owns", await control.Ended.WaitAsync(Patience));
        source.ExpectCancellation();
    }

    [Fact]
    public async Task A_write_without_a_known_outcome_fails_it_so_that_the_row_is_looked_up_again()
    {
        var (source, control) = Run();
        source.SendNext(Chunk(0, 2));

        (await _history.NextAsync()).Done.SetException(new OutcomeUnknownException("the answer was lost"));

        await Assert.ThrowsAsync<ReaderAnomalyException>(() => control.Ended.WaitAsync(Patience));
        source.ExpectCancellation();
    }

    [Fact]
    public async Task A_planned_stop_waits_for_the_write_in_flight()
    {
        var (source, control) = Run();
        source.SendNext(Chunk(0, 2));
        var write = await _history.NextAsync();

        control.Stop();
        Assert.False(control.Ended.IsCompleted);
        write.Done.SetResult(CommitOutcome.Committed);

        Assert.Equal("stopped as planned", await control.Ended.WaitAsync(Patience));
        Assert.Equal(2, control.Progress.Position);
    }

    private (TestPublisher.Probe<TopicChunk> Source, IReaderControl Control) Run()
    {
        var row = new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0);
        return this.SourceProbe<TopicChunk>().ToMaterialized(Sink.FromGraph(new ChunkSink(Partition, row, () => new HistoryWriter(Partition, row, _history), TimeProvider.System)), Keep.Both).Run(Sys.Materializer());
    }

    private static TopicChunk Chunk(long first, int count)
    {
        var writer = new RecordBatchWriter();
        for (var offset = first; offset < first + count; offset++)
            writer.Add("key"u8, AlarmCodec.Encode(Alarm(offset)));
        return new TopicChunk(first, [new StoredBatch(first, count, 1_000, writer.Written.ToArray())]);
    }

    private static AlarmRecord Alarm(long offset)
    {
        var cause = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
        var rule = new Guid(1, 0, 0, new byte[8]);
        return new AlarmRecord(
            AlarmId.Of(rule, cause, offset), rule, 3, "cpu", SeriesKey.Empty, new AppliedOffset(cause, offset), 99, ComparisonOperator.Greater, "90", 1_000, 1_001,
            "https://discord.com/api/webhooks/1/token");
    }

    private sealed record Write(long From, CommitRow Row, IReadOnlyList<AlarmRecord> Alarms, TaskCompletionSource<CommitOutcome> Done);

    /// <summary>Each write waits for the test's word.</summary>
    private sealed class SlowHistory : IAlarmHistory
    {
        private readonly System.Threading.Channels.Channel<Write> _writes = System.Threading.Channels.Channel.CreateUnbounded<Write>();

        public bool HasMore => _writes.Reader.TryPeek(out _);

        public Task<Write> NextAsync() => _writes.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms, CancellationToken cancel = default)
        {
            var write = new Write(from, row, alarms, new TaskCompletionSource<CommitOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
            _writes.Writer.TryWrite(write);
            return write.Done.Task;
        }

        public IReadOnlyList<StoredAlarm> List(AlarmQuery query) => [];

        public AlarmRecord? Find(AlarmId id) => null;
    }
}
