using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorStream.Streams.Tests.Readers;

public sealed class PartitionReaderActorSpec : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    private readonly FakeTopics _topics = new();
    private readonly FakeCommits _commits = new();
    private readonly RulesInHand _rules = new();
    private readonly System.Collections.Concurrent.ConcurrentQueue<long> _made = new();
    private readonly TestProbe _region;
    private readonly ReaderParts _parts;
    private ReaderCatalog? _catalog;

    public PartitionReaderActorSpec(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 20s", output: output)
    {
        _region = CreateTestProbe();
        _parts = new ReaderParts(
            _topics, _commits, new NoLetters(), new NoHistory(), null!, new FakeDue(), TimeProvider.System, new ReaderBounds(), new ChunkBounds(), "akka.actor.default-dispatcher");
    }

    [Fact]
    public void It_starts_again_after_an_anomaly_from_its_committed_row_and_with_a_new_epoch()
    {
        _topics.Append(5);
        var reader = NewReader();
        Watch(reader);
        _rules.Know("cpu");
        var first = _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);
        Assert.Equal(1, first.Epoch);

        _region.Reply(new Answer("cpu", Partition, 1, 4, PartitionId.None));
        _region.Reply(new Answer("cpu", Partition, 1, PartitionId.None, PartitionId.None));

        var again = _region.FishForMessage<Apply>(a => a.Batches.Count > 0 && a.Epoch == 2, Patience);
        Assert.Equal((0L, 4L), (again.Batches[0].FirstOffset, again.Batches[0].LastOffset));
        Assert.Equal(PartitionId.None, again.Previous);
        Assert.Equal(2, _commits.Row.Epoch);
    }

    [Fact]
    public void It_keeps_trying_while_its_row_cannot_be_claimed()
    {
        _commits.Broken = new StorageUnavailableException("the database is busy");
        _topics.Append(5);
        _rules.Know("cpu");
        NewReader();
        AwaitCondition(() => _commits.ClaimsFailed >= 2, Patience);

        _commits.Broken = null;

        Assert.Equal(1, _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience).Epoch);
    }

    [Fact]
    public void It_reads_nothing_before_its_node_knows_the_rules()
    {
        _topics.Append(5);
        var reader = NewReader();
        reader.Tell(new EnsureReader(Partition.ReaderId));
        reader.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(Patience);

        Assert.Equal(0, _commits.Row.Epoch);
        Assert.Equal(0, _topics.Reads);
        _rules.Know("cpu");

        _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);
    }

    [Fact]
    public void A_reader_that_was_fenced_ends_and_leaves_the_row_to_the_other()
    {
        _topics.Append(5);
        _rules.Know("cpu");
        var reader = NewReader();
        Watch(reader);
        _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);
        _ = _commits.ClaimAsync(Partition, 0);

        _region.Reply(new Answer("cpu", Partition, 1, 4, 4));

        ExpectTerminated(reader, Patience);
        Assert.Equal(2, _commits.Row.Epoch);
        Assert.Empty(_parts.Local.Running);
    }

    [Fact]
    public void A_planned_stop_drains_and_then_ends_the_actor()
    {
        _topics.Append(5);
        _rules.Know("cpu");
        var reader = NewReader();
        Watch(reader);
        _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);

        reader.Tell(StopEntity.Instance);
        _region.FishForMessage<Apply>(a => a.Batches.Count == 0, Patience);
        _region.Reply(new Answer("cpu", Partition, 1, 4, 4));

        ExpectTerminated(reader, Patience);
        Assert.Equal(5, _commits.Row.Position);
    }

    [Fact]
    public void What_was_appended_is_read_at_once_when_it_is_told()
    {
        _rules.Know("cpu");
        var reader = NewReader();
        AwaitAssert(() => Assert.True(_topics.Reads > 0), Patience);

        _topics.Append(3, seen: false);
        reader.Tell(new PartitionAppended(Partition.ReaderId, 3));

        Assert.Equal(2, _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience).Batches[0].LastOffset);
    }

    [Fact]
    public void A_reader_of_a_stopped_pipeline_ends_without_a_claim()
    {
        _topics.Append(5);
        _rules.Know("cpu");
        var pipelines = new PipelinesInHand();
        pipelines.Change(isRunning: false);

        Watch(NewReader(pipelines));

        ExpectTerminated(LastReader, Patience);
        Assert.Equal((0L, 0), (_commits.Row.Epoch, _topics.Reads));
    }

    [Fact]
    public void A_reader_whose_pipeline_is_stopped_while_it_claims_drains_and_ends()
    {
        _rules.Know("cpu");
        var pipelines = new PipelinesInHand();
        pipelines.Change(isRunning: true);
        _commits.OnClaim = () => pipelines.Change(isRunning: false);

        Watch(NewReader(pipelines));

        ExpectTerminated(LastReader, Patience);
        Assert.Equal(1, _commits.Row.Epoch);
        Assert.Empty(_parts.Local.Running);
    }

    [Fact]
    public void A_reader_of_a_pipeline_that_its_node_does_not_know_ends_without_a_claim()
    {
        _rules.Know("cpu");

        Watch(NewReader(new PipelinesInHand()));

        ExpectTerminated(LastReader, Patience);
        Assert.Equal(0, _commits.Row.Epoch);
    }

    [Fact]
    public void A_reader_whose_pipeline_changes_drains_and_goes_on_with_what_it_is_now()
    {
        _topics.Append(5);
        _rules.Know("cpu");
        var pipelines = new PipelinesInHand();
        pipelines.Change(isRunning: true);
        NewReader(pipelines);
        var first = _region.FishForMessage<Apply>(a => a.Batches.Count > 0, Patience);
        _region.Reply(new Answer("cpu", Partition, 1, 4, 4));

        pipelines.Change(isRunning: true);
        _parts.Local.Stop(r => !_catalog!.IsWanted(r));

        AwaitAssert(() => Assert.Equal((2L, 2L), (_commits.Row.Epoch, _made.LastOrDefault())), Patience);
        Assert.Equal(1, first.Epoch);
        Assert.Equal([1L, 2L], _made);
        _topics.Append(1);
        Assert.Equal(5, _region.FishForMessage<Apply>(a => a.Epoch == 2 && a.Batches.Count > 0, Patience).Batches[0].FirstOffset);
    }

    [Fact]
    public void The_catalog_holds_the_readers_of_what_the_view_holds_and_wants_no_others()
    {
        var pipelines = new PipelinesInHand();
        var catalog = CatalogOf(pipelines);
        string[] none = [.. catalog.ReaderIds];

        pipelines.Change(isRunning: true);
        string[] made = [.. catalog.WantedIds.Except(none)];
        var reader = catalog.Find(Partition.ReaderId)!;
        string[] hints = [.. catalog.ReadersOf(TopicNames.Metrics, 0)];
        pipelines.Change(isRunning: false);
        string[] stopped = [.. catalog.WantedIds.Except(none)];
        var isOldWanted = catalog.IsWanted(reader);
        pipelines.Delete();

        Assert.Equal([Partition.ReaderId, "sink.orders.out/metrics/0"], made.Order());
        Assert.Equal([Partition.ReaderId, "sink.orders.out/metrics/0"], hints.Order());
        Assert.Equal(["sink.orders.out/metrics/0"], stopped);
        Assert.False(isOldWanted);
        Assert.Equal(none, catalog.ReaderIds);
        Assert.Null(catalog.Find(Partition.ReaderId));
    }

    private IActorRef LastReader { get; set; } = ActorRefs.Nobody;

    private IActorRef NewReader(PipelinesInHand pipelines)
    {
        _catalog = CatalogOf(pipelines);
        return LastReader = Sys.ActorOf(PartitionReaderActor.Props(Partition.ReaderId, _catalog, _rules));
    }

    /// <summary>The pipeline <c>orders</c> has the source reader of this test and one sink.</summary>
    private ReaderCatalog CatalogOf(PipelinesInHand pipelines) => new(_parts with { Pipelines = pipelines }, [], pipelines: p => new PipelineReaders(
        [new ReaderGroup(TopicNames.AlarmsGroup, TopicNames.Metrics, _region.Ref, [], (partition, row) =>
        {
            _made.Enqueue(p.Version);
            return new SampleDecoder(partition, row, _rules, 0);
        }) { Pipeline = p.Id }],
        [new SinkGroup("sink.orders.out", TopicNames.Metrics, (_, _, _) => throw new NotSupportedException())]));

    private IActorRef NewReader()
    {
        var group = new ReaderGroup(
            TopicNames.AlarmsGroup, TopicNames.Metrics, _region.Ref, [], (partition, row) => new SampleDecoder(partition, row, _rules, 0));
        return Sys.ActorOf(PartitionReaderActor.Props(Partition.ReaderId, new ReaderCatalog(_parts, [group]), _rules));
    }

    /// <summary>One pipeline; each change is another version of it.</summary>
    private sealed class PipelinesInHand : IPipelinesView
    {
        private static readonly PipelineSpec Orders = new(
            "orders", "orders", SourceSpec.OfTopic(TopicNames.Metrics), new EventFields(), new WindowPlan("orders", [WindowSpec.Tumbling(1_000)], "results.orders"), new WatermarkSpec(), []);

        private PipelineBook _book = PipelineBook.Empty;

        public PipelineBook Current => Volatile.Read(ref _book);

        public Task Complete => Task.CompletedTask;

        public void Change(bool isRunning) => Take(new PipelineChange("orders", isRunning, Current.Position + 1) { Spec = Orders with { Version = Current.Position + 2 } });

        public void Delete() => Take(new PipelineChange("orders", true, Current.Position + 1) { Spec = Orders, IsDeleted = true });

        private void Take(PipelineChange change) => Volatile.Write(ref _book, Current.With([change]));
    }

    private sealed class NoLetters : IDeadLetterStore
    {
        public Task AddAsync(IReadOnlyList<DeadLetterEntry> letters, CancellationToken cancel = default) => Task.CompletedTask;

        public IReadOnlyList<DeadLetterEntry> List(int limit) => [];

        public IReadOnlyDictionary<string, long> Counts() => new Dictionary<string, long>();
    }

    private sealed class NoHistory : IAlarmHistory
    {
        public Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms, CancellationToken cancel = default) =>
            throw new NotSupportedException();

        public IReadOnlyList<StoredAlarm> List(AlarmQuery query) => [];

        public AlarmRecord? Find(AlarmId id) => null;
    }
}
