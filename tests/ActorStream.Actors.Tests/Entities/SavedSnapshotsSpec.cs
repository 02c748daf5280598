using ActorStream.Actors.Entities;

namespace ActorStream.Actors.Tests.Entities;

public sealed class SavedSnapshotsSpec
{
    private readonly SavedSnapshots _snapshots = new();

    [Theory]
    [InlineData(new long[] { 2, 4, 6 }, new long[] { 2, 4 })]
    [InlineData(new long[] { 2, 6, 4 }, new long[] { 2, 4 })]
    [InlineData(new long[] { 6, 2, 4 }, new long[] { 2, 4 })]
    [InlineData(new long[] { 6, 4, 2 }, new long[] { 4 })]
    public void Whatever_the_order_of_acknowledgements_the_two_newest_stay_with_all_events_after_the_older(long[] acknowledged, long[] deletedTo)
    {
        var deleted = new List<long>();
        foreach (var sequence in acknowledged)
        {
            if (_snapshots.Saved(sequence) is { } to)
                deleted.Add(to);
            Assert.Null(_snapshots.Deleted());
        }

        Assert.Equal(deletedTo, deleted);
    }

    [Fact]
    public void One_deletion_is_under_way_and_the_next_one_goes_as_far_as_was_saved_meanwhile()
    {
        _snapshots.Saved(2);
        Assert.Equal(2, _snapshots.Saved(4));

        Assert.Null(_snapshots.Saved(6));
        Assert.Null(_snapshots.Saved(8));

        Assert.Equal(6, _snapshots.Deleted());
        Assert.Null(_snapshots.Deleted());
    }

    [Fact]
    public void The_one_that_recovery_began_with_is_the_older_of_the_first_that_is_saved()
    {
        _snapshots.Loaded(10);

        Assert.Equal(10, _snapshots.Saved(12));
    }
}
