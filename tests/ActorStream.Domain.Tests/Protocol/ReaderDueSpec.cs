using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>Whom a reader tells that series are due (rule 27).</summary>
public sealed class ReaderDueSpec
{
    [Fact]
    public void What_is_due_is_told_to_entities_that_have_nothing_under_way_whether_tracked_or_not()
    {
        var reader = new ReaderHarness();
        reader.Chunk(10, ("a", 0), ("b", 5));
        reader.Answer("b", applied: 5, safe: PartitionId.None);
        reader.Applies.Clear();

        reader.Machine.OnDue(1_000, [Due("a", 0), Due("b", 5), Due("c", 7)], new Tick(500, 600));

        Assert.Equal(["b", "c"], reader.Applies.Select(a => a.EntityId));
        Assert.Equal([5, PartitionId.None], reader.Applies.Select(a => a.Previous));
        Assert.All(reader.Applies, a => Assert.Equal((500L, 600L), (a.Tick!.Value.Watermark, a.Tick!.Value.HeadTime)));
        Assert.Equal(new DueSeries("s", 7), Assert.Single(reader.Applies[1].Tick!.Value.Due));
        Assert.Equal(2, reader.Machine.TrackedCount);
    }

    [Fact]
    public void What_is_due_waits_for_records_that_wait_for_their_entity()
    {
        var reader = new ReaderHarness(new ReaderBounds(ApplyBytesMax: 8));
        reader.Chunk(10, ("a", 0));
        reader.Chunk(20, ("a", 15));
        reader.Answer("a", applied: 0, safe: 0);
        reader.Applies.Clear();

        reader.Machine.OnDue(1_000, [Due("a", 15)], new Tick(500, 600));
        Assert.Empty(reader.Applies);
        reader.Answer("a", applied: 15, safe: 15);
        reader.Machine.OnDue(2_000, [Due("a", 15)], new Tick(500, 600));

        Assert.Single(reader.Applies);
    }

    [Fact]
    public void Unanswered_words_of_what_is_due_back_off_to_five_seconds()
    {
        var reader = new ReaderHarness();

        for (var nowMs = 1_000; nowMs <= 20_000; nowMs += 1_000)
        {
            reader.Machine.OnDue(nowMs, [Due("a", 0)], new Tick(500, nowMs));
            if (reader.Applies.Count > reader.TickTimes.Count)
                reader.TickTimes.Add(nowMs);
        }
        reader.Answer("a", applied: 0, safe: 0);
        reader.Machine.OnDue(21_000, [Due("a", 0)], new Tick(500, 600));

        Assert.Equal([1_000, 2_000, 4_000, 8_000, 13_000, 18_000], reader.TickTimes);
        Assert.Equal(7, reader.Applies.Count);
    }

    [Fact]
    public void A_reader_that_stops_tells_nobody_what_is_due()
    {
        var reader = new ReaderHarness();
        reader.Machine.OnStop(1_000);

        reader.Machine.OnDue(1_000, [Due("a", 0)], new Tick(500, 600));

        Assert.Empty(reader.Applies);
    }

    private static RoutedDue Due(string entity, long lastOffset) => new(entity, [new DueSeries("s", lastOffset)]);
}
