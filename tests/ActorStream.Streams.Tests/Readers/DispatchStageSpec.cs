using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Streams.Tests.Support;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Streams.Tests.Readers;

public sealed class DispatchStageSpec : TestKit
{
    private const string Entity = "cpu";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    private readonly FakeCommits _commits = new();
    private readonly TestProbe _region;

    public DispatchStageSpec(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 20s", output: output) => _region = CreateTestProbe();

    [Fact]
    public async Task Records_go_to_their_entity_and_the_commit_follows_what_is_safe()
    {
        var (source, control) = await Run();

        source.SendNext(Chunk(0, 5));
        var apply = Records();
        Assert.Equal((0L, 4L, PartitionId.None), (apply.Batches[0].FirstOffset, apply.Batches[0].LastOffset, apply.Previous));
        Answer(applied: 4, safe: 2);
        Answer(applied: 4, safe: 4);

        AwaitAssert(() => Assert.Equal(5, control.Progress.Position), Patience);
        Assert.Equal(5, Assert.Single(_commits.Committed).Position);
        Assert.Equal(0, control.Progress.Tracked);
    }

    [Fact]
    public async Task It_stops_pulling_at_its_bound_and_goes_on_after_the_commit()
    {
        var (source, control) = await Run(new ReaderBounds(UncommittedRecordsMax: 10));
        source.SendNext(Chunk(0, 5)).SendNext(Chunk(5, 5)).SendNext(Chunk(10, 5)).SendNext(Chunk(15, 5));

        Records();
        Answer(applied: 4, safe: PartitionId.None);
        Records();
        Answer(applied: 9, safe: PartitionId.None);
        // Ten records are not committed: the chunk at ten stays outside, although the entity would take it.
        AwaitAssert(() => Assert.Equal(10, control.Progress.Next), Patience);
        _region.FishForMessage<Apply>(a => a.Tick is not null, Patience);
        Assert.Equal(10, control.Progress.Next);
        Answer(applied: 9, safe: 9);

        Assert.Equal(10, Records().Batches[0].FirstOffset);
    }

    [Fact]
    public async Task A_fenced_commit_ends_the_reader_without_an_error()
    {
        var (source, control) = await Run();
        source.SendNext(Chunk(0, 5));
        Records();
        await _commits.ClaimAsync(Partition, 0);

        Answer(applied: 4, safe: 4);

        Assert.Contains("another reader owns", await control.Ended.WaitAsync(Patience));
        source.ExpectCancellation();
        Assert.Empty(_commits.Committed);
    }

    [Fact]
    public async Task An_entity_that_lost_its_memory_fails_the_stage()
    {
        var (source, control) = await Run();
        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: PartitionId.None);

        Answer(applied: PartitionId.None, safe: PartitionId.None);

        var error = await Assert.ThrowsAsync<ReaderAnomalyException>(() => control.Ended.WaitAsync(Patience));
        Assert.Contains("lost its memory", error.Message);
        source.ExpectCancellation();
    }

    [Fact]
    public async Task An_answer_of_another_epoch_is_not_heard()
    {
        var (source, control) = await Run();
        source.SendNext(Chunk(0, 5));
        Records();

        _region.Reply(new Answer(Entity, Partition, 99, 4, 4));
        Answer(applied: 2, safe: 2);
        _region.FishForMessage<Apply>(a => a.Tick is not null, Patience);

        Assert.Empty(_commits.Committed);
        Assert.Equal(1, control.Progress.Tracked);
    }

    [Fact]
    public async Task A_failure_upstream_ends_the_reader_with_that_failure()
    {
        var (source, control) = await Run();

        source.SendError(new InvalidDataException("a torn page"));

        Assert.Equal("a torn page", (await Assert.ThrowsAsync<InvalidDataException>(() => control.Ended.WaitAsync(Patience))).Message);
    }

    [Fact]
    public async Task A_planned_stop_asks_for_checkpoints_commits_and_completes()
    {
        var (source, control) = await Run();
        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: PartitionId.None);

        control.Stop();
        _region.FishForMessage<Apply>(a => a.Batches.Count == 0, Patience);
        Answer(applied: 4, safe: 4);

        Assert.Equal("stopped as planned", await control.Ended.WaitAsync(Patience));
        Assert.Equal(5, _commits.Row.Position);
    }

    [Fact]
    public async Task Fixed_groups_are_ticked_for_as_long_as_the_reader_lives()
    {
        var (_, _) = await Run(fixedEntities: ["group-0"]);

        Assert.Equal("group-0", _region.ExpectMsg<Apply>(Patience).EntityId);
        Assert.NotNull(_region.ExpectMsg<Apply>(Patience).Tick);
    }

    [Fact]
    public async Task The_watermark_that_a_commit_raises_is_told_to_the_fixed_groups_with_the_commit_and_not_with_the_next_tick()
    {
        var (source, _) = await Run(fixedEntities: ["group-0"], time: new TimePolicy(DelayMs: 300));

        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: 4);

        var told = _region.ExpectMsg<Apply>(Patience);
        Assert.Equal(("group-0", Tick.OfTime(700)), (told.EntityId, told.Tick));
        Assert.Single(_commits.Committed);
    }

    [Fact]
    public async Task The_time_that_is_told_with_a_commit_is_the_least_of_all_partitions_as_their_rows_are_then()
    {
        var other = new CommitRow(1, 1, 10, 200, false, default, ReadOnlyMemory<byte>.Empty, 0);
        _commits.Others = [(Partition with { Partition = 1 }, other)];
        var (source, _) = await Run(fixedEntities: ["group-0"], time: new TimePolicy(DelayMs: 0), topics: new FakeTopics { Partitions = 2 });
        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: 4);
        Assert.Equal(Tick.OfTime(200), _region.ExpectMsg<Apply>(Patience).Tick);

        _commits.Others = [(Partition with { Partition = 1 }, other with { MaxEventTime = 5_000 })];
        source.SendNext(Chunk(5, 5));
        Records();
        Answer(applied: 9, safe: 9);

        Assert.Equal(Tick.OfTime(1_005), _region.ExpectMsg<Apply>(Patience).Tick);
    }

    [Fact]
    public async Task At_the_head_entities_hear_which_of_their_series_are_due_with_the_time_of_the_log()
    {
        var (topics, due, time) = (new FakeTopics(), new FakeDue(), new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(100_000)));
        topics.Append(5);
        await due.ArmAsync([new DueRow(Entity, Partition, "host:a", 4, 98_000), new DueRow(Entity, Partition, "host:b", 3, 99_001), new DueRow("disk", Partition with { Partition = 1 }, "", 4, 1)]);
        var (source, control) = await Run(due: new DueLook(Partition, topics, due, time));
        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: 4);
        AwaitAssert(() => Assert.Equal(0, control.Progress.Tracked), Patience);

        var apply = _region.FishForMessage<Apply>(a => a.Tick is { Due.Count: > 0 }, Patience);

        Assert.Equal((Entity, 0, 99_000L), (apply.EntityId, apply.Batches.Count, apply.Tick!.Value.HeadTime));
        Assert.Equal([new DueSeries("host:a", 4)], apply.Tick!.Value.Due);
    }

    [Fact]
    public async Task Nothing_is_due_while_there_are_records_to_read()
    {
        var (topics, due, time) = (new FakeTopics(), new FakeDue(), new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(100_000)));
        topics.Append(6);
        await due.ArmAsync([new DueRow(Entity, Partition, "", 4, 1)]);
        var (source, _) = await Run(fixedEntities: ["group-0"], due: new DueLook(Partition, topics, due, time));
        source.SendNext(Chunk(0, 5));
        Records();
        Answer(applied: 4, safe: 4);

        // Two rounds of ticks have passed, and the table was not even asked.
        _region.FishForMessage<Apply>(a => a.EntityId == "group-0", Patience);
        _region.FishForMessage<Apply>(a => a.EntityId == "group-0", Patience);
        Assert.Empty(due.AskedMs);
        source.SendNext(Chunk(5, 1));
        Records();
        Answer(applied: 5, safe: 5);

        Assert.Equal(Entity, _region.FishForMessage<Apply>(a => a.Tick is { Due.Count: > 0 }, Patience).EntityId);
    }

    [Fact]
    public async Task The_time_of_the_log_is_at_least_that_of_its_last_record()
    {
        var (topics, due, time) = (new FakeTopics(), new FakeDue(), new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(500)));
        topics.Append(1);
        await due.ArmAsync([new DueRow(Entity, Partition, "", 0, 1)]);
        topics.LastAppendTimeMs = 7_000;

        var found = new DueLook(Partition, topics, due, time).At(1);

        Assert.Equal(7_000, found!.HeadTime);
    }

    private static DecodedChunk Chunk(long first, int count) =>
        new(first + count, 1_000 + first, new ReaderCounters(first + count, first + count, 0, 0), 100, [new RoutedBatch(Entity, new PlainBatch(first, count))]);

    private async Task<(TestPublisher.Probe<DecodedChunk> Source, IReaderControl Control)> Run(ReaderBounds? bounds = null, IReadOnlyList<string>? fixedEntities = null, DueLook? due = null, TimePolicy? time = null, FakeTopics? topics = null)
    {
        var row = await _commits.ClaimAsync(Partition, 0);
        var decoded = new Queue<DecodedChunk>();
        var group = new ReaderGroup(TopicNames.AlarmsGroup, TopicNames.Metrics, _region.Ref, fixedEntities ?? [], (id, claimed) => new DecodedBefore(id, claimed, decoded))
        {
            Time = time,
            // Where time is told with commits, no tick comes to tell it.
            TickMs = time is null ? ReaderMachine.TickMs : 3_600_000,
        };
        var parts = new ReaderParts(topics ?? new FakeTopics(), _commits, null!, null!, null!, null!, TimeProvider.System, bounds ?? new ReaderBounds(), new ChunkBounds(), "");
        return this.SourceProbe<DecodedChunk>()
            .Select(chunk =>
            {
                decoded.Enqueue(chunk);
                return new TopicChunk(0, []) { End = chunk.Next };
            })
            .ToMaterialized(Sink.FromGraph(new DispatchStage(parts, group, Partition, row, due)), Keep.Both)
            .Run(Sys.Materializer());
    }

    /// <summary>Chunks come decoded from the test.</summary>
    private sealed class DecodedBefore(PartitionId partition, CommitRow row, Queue<DecodedChunk> chunks) : ChunkDecoder(partition, row)
    {
        public override DecodedTopicChunk Decode(TopicChunk chunk) => new(chunks.Dequeue(), []);

        protected override IReadOnlyList<RoutedBatch> Group(TopicChunk chunk) => [];
    }

    /// <summary>The next Apply with records; ticks come between.</summary>
    private Apply Records() => _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);

    private void Answer(long applied, long safe) => _region.Reply(new Answer(Entity, Partition, 1, applied, safe));

    private sealed class PlainBatch(long first, int count) : EntityBatch
    {
        public override int Count => count;

        public override int WireBytes => 8 * count;

        public override long OffsetAt(int index) => first + index;
    }
}
