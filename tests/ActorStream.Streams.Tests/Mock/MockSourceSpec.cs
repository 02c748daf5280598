using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Mock;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Streams.Tests.Mock;

/// <summary>The clock brings events, nobody's hurry does.</summary>
public sealed class MockSourceSpec(ITestOutputHelper output) : TestKit("akka.test.single-expect-default = 20s", output: output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LooksNothing = TimeSpan.FromMilliseconds(200);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void So_many_events_come_as_the_rate_gives_for_the_time_that_has_passed()
    {
        var (probe, log) = Open(new MockSpec(Partitions: 4, Rate: 1_000), from: 40);
        probe.Request(1).ExpectNoMsg(LooksNothing);

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal((40L, 65L), Ends(probe.ExpectNext(Patience)));
        probe.Request(1).ExpectNoMsg(LooksNothing);
        _time.Advance(TimeSpan.FromMilliseconds(900));

        Assert.Equal((65L, 290L), Ends(probe.ExpectNext(Patience)));
        // The next event is sure to come: the partition is not at its end, so it is never idle.
        Assert.Equal((long.MaxValue, false), log.EndOf(0));
    }

    [Fact]
    public void Who_was_held_back_catches_up_in_chunks_with_a_bound_and_nothing_is_made_before_it_is_asked_for()
    {
        var (probe, _) = Open(new MockSpec(Partitions: 1, Rate: 100_000), from: 0);
        _time.Advance(TimeSpan.FromSeconds(1));

        var read = 0L;
        while (read < 100_000)
        {
            var (from, next) = Ends(probe.RequestNext(Patience));
            Assert.Equal(read, from);
            Assert.InRange(next - from, 1, 8_192);
            read = next;
        }

        Assert.Equal(100_000, read);
        probe.Request(1).ExpectNoMsg(LooksNothing);
    }

    [Fact]
    public void A_bounded_mock_ends_with_its_last_event_and_a_replay_from_the_middle_ends_at_the_same()
    {
        var spec = new MockSpec(Partitions: 3, Rate: 1_000, Count: 10);
        var (probe, log) = Open(spec, from: 0, partition: 1);
        var (again, _) = Open(spec, from: 2, partition: 1);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((0L, 3L), Ends(probe.RequestNext(Patience)));
        Assert.Equal((2L, 3L), Ends(again.RequestNext(Patience)));
        probe.Request(1).ExpectNoMsg(LooksNothing);
        Assert.Equal([(4L, true), (3L, true), (3L, true)], Enumerable.Range(0, 3).Select(log.EndOf));
    }

    private (TestSubscriber.Probe<TopicChunk> Probe, MockLog Log) Open(MockSpec spec, long from, int partition = 0)
    {
        var log = new MockLog(spec, new EventFields(), _time);
        var row = new CommitRow(1, 0, from, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0);
        return (log.Open(new PartitionId("pipeline.p", "mock:p", 1, partition), row).RunWith(this.SinkProbe<TopicChunk>(), Sys.Materializer()), log);
    }

    private static (long From, long Next) Ends(TopicChunk chunk) => (chunk.From, chunk.Next);
}
