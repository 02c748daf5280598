using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
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
    private readonly TestProbe _region;
    private readonly ReaderParts _parts;

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
        var pipelines = new PipelinesInHand { IsRunning = false };

        Watch(NewReader(pipelines));

        ExpectTerminated(LastReader, Patience);
        Assert.Equal((0L, 0), (_commits.Row.Epoch, _topics.Reads));
    }

    [Fact]
    public void A_reader_whose_pipeline_is_stopped_while_it_claims_drains_and_ends()
    {
        _rules.Know("cpu");
        var pipelines = new PipelinesInHand();
        // Asked at the claim: yes. Asked when it runs: no longer.
        pipelines.Asked = asked => pipelines.IsRunning = asked < 1;

        Watch(NewReader(pipelines));

        ExpectTerminated(LastReader, Patience);
        Assert.Equal(1, _commits.Row.Epoch);
        Assert.Empty(_parts.Local.Running);
    }

    private IActorRef LastReader { get; set; } = ActorRefs.Nobody;

    private IActorRef NewReader(PipelinesInHand pipelines)
    {
        var group = new ReaderGroup(
            TopicNames.AlarmsGroup, TopicNames.Metrics, _region.Ref, [], (partition, row) => new SampleDecoder(partition, row, _rules, 0)) { Pipeline = "orders" };
        return LastReader = Sys.ActorOf(PartitionReaderActor.Props(Partition.ReaderId, new ReaderCatalog(_parts with { Pipelines = pipelines }, [group]), _rules));
    }

    private IActorRef NewReader()
    {
        var group = new ReaderGroup(
            TopicNames.AlarmsGroup, TopicNames.Metrics, _region.Ref, [], (partition, row) => new SampleDecoder(partition, row, _rules, 0));
        return Sys.ActorOf(PartitionReaderActor.Props(Partition.ReaderId, new ReaderCatalog(_parts, [group]), _rules));
    }

    /// <summary>One pipeline, of which it counts how often it was asked.</summary>
    private sealed class PipelinesInHand : IPipelinesView
    {
        private int _asked;

        public bool IsRunning { get; set; } = true;

        /// <summary>Told before each answer how many there were.</summary>
        public Action<int>? Asked { get; set; }

        public PipelineBook Current
        {
            get
            {
                Asked?.Invoke(_asked++);
                return IsRunning ? PipelineBook.Empty : PipelineBook.Empty.With([new PipelineChange("orders", false, 1)]);
            }
        }

        public Task Complete => Task.CompletedTask;
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
