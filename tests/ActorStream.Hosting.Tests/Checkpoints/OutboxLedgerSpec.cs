using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Checkpoints;
using ActorStream.Storage.Contracts;
using Xunit;

namespace ActorStream.Hosting.Tests.Checkpoints;

/// <summary>Numbers of outputs as a journal tells them, and commits beside outputs that were not taken.</summary>
public sealed class OutboxLedgerSpec
{
    private const string Results = "results.p";

    private static readonly PartitionId Source = new("pipeline.p", "in", 1, 0);

    private readonly OutboxLedger _ledger = new();

    [Fact]
    public void Numbers_that_follow_each_other_fit_over_a_snapshot_and_events()
    {
        Assert.Null(_ledger.Take(new EntitySnapshot([], [Item(4), Item(5)], [new TakenNumber(Results, 5)], null)));
        Assert.Null(_ledger.Take(Event([Item(6)], taken: 4)));
        Assert.Null(_ledger.Take(Event([], taken: 6)));

        Assert.Equal((6, 6, 0), (_ledger.Lanes[Results].Issued, _ledger.Lanes[Results].Taken, _ledger.Lanes[Results].Waiting.Count));
    }

    [Fact]
    public void A_gap_a_repeat_and_a_number_taken_before_it_was_issued_are_told()
    {
        Assert.Null(_ledger.Take(Event([Item(1)], taken: null)));

        Assert.Equal("output 3 for results.p follows output 1; it should be 2.", _ledger.Take(Event([Item(3)], taken: null)));
        Assert.Equal("output 1 for results.p follows output 1; it should be 2.", _ledger.Take(Event([Item(1)], taken: null)));
        Assert.Equal("results.p is said to have taken output 9, and only 1 were issued.", _ledger.Take(Event([], taken: 9)));
    }

    [Theory]
    [InlineData(6, "of the outputs for results.p 6 were issued, but those that wait end with number 5.")]
    [InlineData(null, "outputs for results.p wait, and it does not say how many were issued.")]
    public void A_snapshot_whose_outputs_do_not_end_where_it_says_is_told(int? issued, string expected) =>
        Assert.Equal(expected, _ledger.Take(new EntitySnapshot([], [Item(4), Item(5)], issued is { } n ? [new TakenNumber(Results, n)] : [], null)));

    [Theory]
    [InlineData(10, 0, true)]
    [InlineData(11, 0, false)]
    [InlineData(11, 1, true)]
    public void A_commit_beyond_the_cause_of_an_output_that_was_not_taken_is_a_fault(long position, long taken, bool isFine)
    {
        _ledger.Take(Event([Item(1)], taken: null));
        var row = new CommitRow(1, 1, position, 0, false, default, default, 0);
        var entity = new RecoveredEntity(StoredEntity.Of("windows-p/0"), false, 1, new Dictionary<PartitionId, long>(), _ledger.Lanes, null, 0);

        var faults = new CommitCheck([(Source, row)], new Dictionary<string, StoredTopic>(), new HashSet<string>()).Outbox(entity, _ => taken);

        Assert.Equal(isFine, !faults.Any());
    }

    /// <summary>Caused by record 10.</summary>
    private static OutboxItem Item(long number) =>
        new(Results, number, "k", new WindowResult("p", "tumbling", "k", 0, WindowType.Tumbling, 0, 1, 0, WindowData.None), new AppliedOffset(Source, 10));

    private static Checkpoint Event(IReadOnlyList<OutboxItem> added, long? taken) => new([], added, taken is { } n ? [new TakenNumber(Results, n)] : [], null);
}
