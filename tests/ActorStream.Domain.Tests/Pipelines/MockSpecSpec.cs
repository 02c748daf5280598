using ActorStream.Domain.Pipelines;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class MockSpecSpec
{
    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 1)]
    [InlineData(4, 10)]
    [InlineData(3, 999_999_999_999)]
    [InlineData(64, 63)]
    public void Partitions_hold_the_count_together_and_none_holds_more_than_one_event_more_than_another(int partitions, long count)
    {
        var counts = Enumerable.Range(0, partitions).Select(p => (new MockSpec(partitions) with { Count = count == 0 ? 1 : count }).CountOf(p)).ToArray();

        Assert.Equal(Math.Max(1, count), counts.Sum());
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    [Fact]
    public void Without_a_count_it_has_no_end()
    {
        Assert.Equal(long.MaxValue, new MockSpec().CountOf(3));
        Assert.False(SourceSpec.OfMock(new MockSpec()).IsBounded);
        Assert.True(SourceSpec.OfMock(new MockSpec(Count: 1)).IsBounded);
    }

    [Fact]
    public void Events_of_all_partitions_lie_evenly_in_time_and_a_partition_never_goes_back()
    {
        var mock = new MockSpec(Partitions: 4, Rate: 2_000) { StartMs = 1_000_000 };

        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], from offset in new[] { 0, 1 } from partition in Enumerable.Range(0, 4) select mock.PlaceMs(partition, offset) - 1_000_000);
        Assert.Equal(1_000_000 + 1_000_000_000_000L * 4 / 2, mock.PlaceMs(0, 1_000_000_000_000));
    }

    [Fact]
    public void All_that_is_out_of_bounds_is_said_with_its_bounds()
    {
        var faults = SourceSpec.OfMock(new MockSpec(0, 0, 0, -1, 7, -1) { StartMs = -1 }).Faults();

        Assert.Equal(
            [
                "source.partitions is 0; it goes from 1 to 64.", "source.keys is 0; it goes from 1 to 10000000.", "source.rate is 0; it goes from 1 to 10000000.", "source.count is -1; it goes from 0 to 1000000000000.",
                "source.out_of_order_ms is -1; it goes from 0 to 86400000.", "source.start is 1969-12-31T23:59:59.9990000+00:00; it goes from 1970-01-01 to 9000-01-01.",
            ],
            faults);
        Assert.Contains("end after the year 9000", Assert.Single(new MockSpec(Rate: 1, Count: 1_000_000_000_000).Faults()), StringComparison.Ordinal);
        Assert.Empty(new MockSpec().Faults());
    }
}
