using ActorStream.Storage.Contracts;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorStream.Streams.Tests.Topics;

public sealed class TopicSourceSpec(ITestOutputHelper output) : TestKit("akka.test.single-expect-default = 20s", output: output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeTopics _topics = new();

    [Fact]
    public void Chunks_come_in_order_and_without_overlap_each_ending_at_its_bound()
    {
        for (var i = 0; i < 5; i++)
            _topics.Append(4);

        var (_, probe) = Read(from: 0, recordsMax: 8);

        Assert.Equal([(0L, 8L), (8L, 16L), (16L, 20L)], Enumerable.Range(0, 3).Select(_ => Bounds(Next(probe))));
    }

    [Fact]
    public void It_goes_on_at_a_position_inside_of_a_stored_batch()
    {
        _topics.Append(5);
        _topics.Append(5);

        var (_, probe) = Read(from: 7);

        var chunk = Next(probe);
        Assert.Equal((7L, 10L), Bounds(chunk));
        Assert.Equal(5, chunk.Batches[0].FirstOffset);
        _topics.Append(1);
        Assert.Equal((10L, 11L), Bounds(Next(probe)));
    }

    [Fact]
    public void Nothing_is_read_before_it_is_asked_for()
    {
        _topics.Append(5);
        var (hint, probe) = Read(from: 0);
        probe.EnsureSubscription();

        hint.Appended();
        hint.Appended();
        Assert.Equal(0, _topics.Reads);
        Next(probe);

        // One was asked for, one was read; what comes later waits.
        _topics.Append(5);
        hint.Appended();
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(2 * TopicSource.PollMs));
        Assert.Equal(1, _topics.Reads);
    }

    [Fact]
    public void A_hint_wakes_it_at_the_head()
    {
        var (hint, probe) = Read(from: 0);
        probe.Request(1);
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(2 * TopicSource.PollMs));

        _topics.Append(3, seen: false);
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(2 * TopicSource.PollMs));
        hint.Appended();

        Assert.Equal((0L, 3L), Bounds(probe.ExpectNext(Patience)));
    }

    [Fact]
    public void A_hint_that_came_while_nobody_asked_is_not_lost()
    {
        _topics.Append(3);
        var (hint, probe) = Read(from: 0);
        Next(probe);
        _topics.Append(3, seen: false);
        hint.Appended();

        Assert.Equal((3L, 6L), Bounds(Next(probe)));
    }

    [Fact]
    public void A_look_each_moment_finds_what_no_hint_told()
    {
        var (_, probe) = Read(from: 0);
        probe.Request(1);
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(2 * TopicSource.PollMs));

        _topics.Append(3);

        Assert.Equal((0L, 3L), Bounds(probe.ExpectNext(Patience)));
    }

    [Fact]
    public void While_nothing_is_appended_nothing_is_read()
    {
        var (_, probe) = Read(from: 0);
        probe.Request(1);
        AwaitAssert(() => Assert.Equal(1, _topics.Reads));

        // It looks on, but only at the stamp.
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(5 * TopicSource.PollMs));

        Assert.Equal(1, _topics.Reads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failed_read_fails_the_stream(bool atHead)
    {
        _topics.Append(3);
        var (hint, probe) = Read(from: atHead ? 3 : 0);
        if (atHead)
        {
            probe.Request(1);
            AwaitAssert(() => Assert.Equal(1, _topics.Reads));
        }

        _topics.Broken = new StorageUnavailableException("the file is gone");
        if (atHead)
            hint.Appended();
        else
            probe.Request(1);

        Assert.IsType<StorageUnavailableException>(probe.ExpectError());
    }

    private static (long From, long Next) Bounds(TopicChunk chunk) => (chunk.From, chunk.Next);

    private static TopicChunk Next(TestSubscriber.Probe<TopicChunk> probe)
    {
        probe.Request(1);
        return probe.ExpectNext(Patience);
    }

    private (ITopicHint Hint, TestSubscriber.Probe<TopicChunk> Probe) Read(long from, int recordsMax = 1_000) =>
        Source.FromGraph(new TopicSource(_topics, "metrics", 0, from, recordsMax, 1 << 20))
            .ToMaterialized(this.SinkProbe<TopicChunk>(), Keep.Both)
            .Run(Sys.Materializer());
}
