using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Files;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorStream.Streams.Tests.Files;

public sealed class FileSourceSpec(ITestOutputHelper output) : TestKit("akka.test.single-expect-default = 20s", output: output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _path = Path.GetTempFileName();

    protected override void AfterAll()
    {
        base.AfterAll();
        File.Delete(_path);
        File.Delete(_path + FileLog.GrowingSuffix);
    }

    [Fact]
    public void A_line_without_its_newline_yet_is_not_read()
    {
        File.WriteAllText(_path, "one\ntwo\nthr");
        var (probe, log) = Read(0, isBounded: false);

        Assert.Equal((0L, "one\ntwo\n", 8L), Text(probe.RequestNext(Patience)));
        probe.Request(1).ExpectNoMsg(TimeSpan.FromMilliseconds(300));
        Assert.Equal((8L, false), log.EndOf(0));
        File.AppendAllText(_path, "ee\n");

        Assert.Equal((8L, "three\n", 14L), Text(probe.ExpectNext(Patience)));
    }

    [Fact]
    public void The_last_line_of_a_file_that_has_ended_needs_no_newline()
    {
        File.WriteAllText(_path, "one\ntwo");
        var (probe, log) = Read(4, isBounded: true);

        Assert.Equal((4L, "two", 7L), Text(probe.RequestNext(Patience)));
        probe.Request(1);

        AwaitAssert(() => Assert.Equal((7L, true), log.EndOf(0)), Patience);
    }

    [Fact]
    public void While_somebody_still_writes_it_a_bounded_file_has_not_ended()
    {
        File.WriteAllText(_path, "one\ntw");
        File.WriteAllText(_path + FileLog.GrowingSuffix, "");
        var (probe, log) = Read(0, isBounded: true);
        Assert.Equal((0L, "one\n", 4L), Text(probe.RequestNext(Patience)));
        probe.Request(1);
        AwaitAssert(() => Assert.Equal((4L, false), log.EndOf(0)), Patience);

        File.AppendAllText(_path, "o");
        File.Delete(_path + FileLog.GrowingSuffix);

        Assert.Equal((4L, "two", 7L), Text(probe.ExpectNext(Patience)));
    }

    [Fact]
    public void A_file_that_was_cut_below_what_was_read_fails_the_reader_and_says_so()
    {
        File.WriteAllText(_path, "one\n");
        var (probe, _) = Read(9, isBounded: false);
        probe.Request(1);

        Assert.Contains("it was cut", probe.ExpectError().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_handed_over_whole()
    {
        File.WriteAllText(_path, new string('x', 3 << 20) + "\nend\n");
        var (probe, _) = Read(0, isBounded: true);

        var first = probe.RequestNext(Patience);

        Assert.StartsWith("xxx", Text(first).Lines, StringComparison.Ordinal);
        Assert.True(first.Lines.Length > 3 << 20);
    }

    private (TestSubscriber.Probe<TopicChunk> Probe, FileLog Log) Read(long from, bool isBounded)
    {
        var log = new FileLog([_path], isBounded, TimeProvider.System);
        var row = new CommitRow(1, 0, from, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0);
        return (log.Open(new PartitionId("pipeline.p", "files.p", 1, 0), row).RunWith(this.SinkProbe<TopicChunk>(), Sys.Materializer()), log);
    }

    private static (long From, string Lines, long Next) Text(TopicChunk chunk) => (chunk.From, Encoding.UTF8.GetString(chunk.Lines.Span), chunk.Next);
}
