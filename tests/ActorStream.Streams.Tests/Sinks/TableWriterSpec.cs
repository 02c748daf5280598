using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Sinks;

public sealed class TableWriterSpec
{
    [Fact]
    public async Task A_row_says_what_the_result_says_and_when_the_topic_took_it()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);
        var last = Results.Of(1_000, avg: 4, revision: 1) with { Data = new WindowData(2, 8, 3, 5, 4, 1_010) { Last = 5 } };

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(1_000, avg: 3), Results.Retracted(2_000), last));

        Assert.Equal(
            [
                new ResultRow("p", "tumbling_k_1000", 1, 1_000, 2_000, "k", 2, 8, 3, 5, 4, """{"count":2,"sum":8,"min":3,"max":5,"avg":4,"last_updated":"1970-01-01T00:00:01.010Z","last":5}""", null, 1_010, Results.AppendTimeMs),
                new ResultRow("p", "session_k_2000", 1, 2_000, 3_000, "k", 0, 0, 0, 0, 0, """{"count":0,"sum":0,"min":0,"max":0,"avg":0,"last_updated":null}""", "session_k_1999", null, Results.AppendTimeMs) { IsRetracted = true },
            ],
            world.Storage.Results.List("p", 10));
        Assert.Equal(3, world.Committed.Position);
    }

    [Fact]
    public async Task A_reader_that_took_the_row_over_leaves_the_other_nothing_to_write()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);
        var old = await world.ClaimAsync();
        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(1_000, avg: 3), Results.Of(1_000, avg: 4, revision: 1)));

        var (outcome, _) = await writer.WriteAsync(old, Results.Chunk(0, Results.Of(1_000, avg: 3)));

        Assert.Equal(Domain.Protocol.CommitOutcome.Fenced, outcome);
        Assert.Equal((1, 4.0), world.Storage.Results.List("p", 10).Select(r => (r.Revision, r.Avg)).Single());
    }

    [Fact]
    public async Task What_is_no_result_becomes_a_dead_letter_with_its_position_and_the_rest_goes_on()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.ChunkOf(0, "{\"a\":1}"u8.ToArray(), ResultJson.Encode(Results.Of(1_000, avg: 3), [])));

        var letter = Assert.Single(world.Storage.DeadLetters.List(10));
        Assert.Equal(("sink.p.out/results.p.1/0@0", "unreadable", "{\"a\":1}"), (letter.Id, letter.Reason, letter.Excerpt));
        Assert.Single(world.Storage.Results.List("p", 10));
        Assert.Equal((2L, 1L, 1L), (world.Committed.Counters.Records, world.Committed.Counters.Routed, world.Committed.Counters.Unreadable));
    }

    private static TableWriter NewWriter(SinkWorld world) => new(SinkWorld.Partition, world.Storage.Results, world.Storage.DeadLetters);
}
