using System.Text;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorStream.Streams.Tests.Sinks;

/// <summary>A sink whose outside fails for as long as one likes: results wait in their topic, and are all there once afterwards.</summary>
public sealed class SinkOutageSpec : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly PartitionId Partition = new("sink.p.out", "results.p", 1, 0);

    private readonly FakeTopics _topics = new();
    private readonly FakeCommits _commits = new();
    private readonly Outside _outside = new();
    private readonly RulesInHand _rules = new();
    private readonly ReaderParts _parts;

    public SinkOutageSpec(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 20s", output: output)
    {
        _parts = new ReaderParts(_topics, _commits, null!, null!, null!, new FakeDue(), TimeProvider.System, new ReaderBounds(), new ChunkBounds(RecordsMax: 4), "akka.actor.default-dispatcher");
        _rules.Know("cpu");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Results_wait_in_their_topic_while_a_sink_fails_and_are_all_there_once_afterwards(bool takesFirst)
    {
        _topics.Append(5);
        var reader = NewReader();
        AwaitAssert(() => Assert.Equal(5, _commits.Row.Position), Patience);

        _outside.Fail(takesFirst);
        _topics.Append(3);
        AwaitCondition(() => _outside.Failures >= 3, Patience);
        for (var i = 0; i < 10; i++)
            _topics.Append(4);
        Assert.Equal(5, _commits.Row.Position);
        Assert.Equal(48, _topics.StateOf(Partition.Topic, 0).Head);

        _outside.Mend();

        AwaitAssert(() => Assert.Equal(48, _commits.Row.Position), Patience);
        // What was taken before the connection broke is written again: such an outside must take a record over itself.
        Assert.Equal(Enumerable.Range(0, 48).Select(i => (long)i), takesFirst ? _outside.Written.Distinct() : _outside.Written);
        // Claimed anew for each attempt: no writer of the time before can commit any more.
        Assert.True(_commits.Row.Epoch >= 4, $"epoch {_commits.Row.Epoch}");
        Watch(reader);
        reader.Tell(StopEntity.Instance);
        ExpectTerminated(reader, Patience);
    }

    [Fact]
    public void One_that_fails_does_not_hold_back_the_other_sinks_of_its_topic()
    {
        var healthy = new Outside();
        var commits = new FakeCommits();
        _outside.Fail(takesFirst: false);
        _topics.Append(6);
        NewReader();
        var catalog = new ReaderCatalog(_parts with { Commits = commits }, [], [new SinkGroup("sink.p.other", Partition.Topic, (_, _, _) => new Writer(healthy, commits))]);
        Sys.ActorOf(PartitionReaderActor.Props((Partition with { Group = "sink.p.other" }).ReaderId, catalog, _rules));

        AwaitAssert(() => Assert.Equal(6, commits.Row.Position), Patience);

        AwaitCondition(() => _outside.Failures >= 1, Patience);
        Assert.Equal(6, healthy.Written.Count);
        Assert.Equal(0, _commits.Row.Position);
    }

    private IActorRef NewReader()
    {
        var catalog = new ReaderCatalog(_parts, [], [new SinkGroup(Partition.Group, Partition.Topic, (_, _, _) => new Writer(_outside, _commits))]);
        return Sys.ActorOf(PartitionReaderActor.Props(Partition.ReaderId, catalog, _rules));
    }

    /// <summary>What a database across the street does: takes offsets, refuses, or takes and then breaks the connection.</summary>
    private sealed class Outside
    {
        private readonly Lock _lock = new();
        private readonly List<long> _written = [];
        private int _failures;
        private bool _isBroken;
        private bool _takesFirst;

        public int Failures => Volatile.Read(ref _failures);

        public IReadOnlyList<long> Written
        {
            get
            {
                lock (_lock)
                {
                    return [.. _written];
                }
            }
        }

        public void Fail(bool takesFirst)
        {
            lock (_lock)
            {
                (_isBroken, _takesFirst) = (true, takesFirst);
            }
        }

        public void Mend()
        {
            lock (_lock)
            {
                _isBroken = false;
            }
        }

        public async Task TakeAsync(IReadOnlyList<long> offsets)
        {
            await Task.Yield();
            lock (_lock)
            {
                if (!_isBroken || _takesFirst)
                    _written.AddRange(offsets);
                if (!_isBroken)
                    return;
                _failures++;
                throw new IOException("the connection was reset");
            }
        }
    }

    private sealed class Writer(Outside outside, ICommitStore commits) : IChunkWriter
    {
        public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
        {
            var offsets = new List<long>();
            foreach (var batch in chunk.Batches)
            {
                var records = new RecordCursor(batch, chunk.Columns);
                while (records.Next())
                    offsets.Add(records.Offset);
            }
            await outside.TakeAsync([.. offsets.Where(o => o >= chunk.From)]);
            var next = row with { Serial = row.Serial + 1, Position = chunk.Next };
            return (await commits.CommitAsync(Partition, next), next);
        }

        public void Dispose()
        {
        }
    }
}
