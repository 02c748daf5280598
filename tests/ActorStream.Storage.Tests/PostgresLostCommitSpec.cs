using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Tests.Shared;
using static ActorStream.Storage.Tests.DataFolder;

namespace ActorStream.Storage.Tests;

/// <summary>The connection is lost during COMMIT: nobody knows, and who repeats is taken once (protocol.md rules 10 and 28).</summary>
public sealed class PostgresLostCommitSpec
{
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 0);

    [SkippableTheory]
    [InlineData(PostgresProxy.Cut.BeforeTheServer, 0)]
    [InlineData(PostgresProxy.Cut.BeforeTheAnswer, 1)]
    public async Task An_append_whose_commit_was_lost_on_its_way_is_unknown_and_its_repetition_is_taken_once(PostgresProxy.Cut where, int stored)
    {
        var place = PostgresServer.Shared.NewDatabase();
        await using var proxy = new PostgresProxy(place);
        await using var storage = await PostgresStorage.OpenAsync(new PostgresOptions(proxy.ConnectionString, "test"), TimeProvider.System);

        proxy.CutNext(where);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 1, "one"), Item(0, 2, "two")]));
        Assert.True(proxy.HasCut);
        Assert.Equal(2 * stored, storage.Topics.StateOf("alarms", 0).Head);

        Assert.Equal(2, await storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 1, "one"), Item(0, 2, "two")]));
        Assert.Equal(3, await storage.Topics.AppendAsync("alarms", "alarm-cpu", [Item(0, 3, "three")]));
        Assert.Equal([(0, "one"), (1, "two"), (2, "three")], RecordsOf(storage.Topics, "alarms", 0));
    }

    [SkippableTheory]
    [InlineData(PostgresProxy.Cut.BeforeTheServer, 0)]
    [InlineData(PostgresProxy.Cut.BeforeTheAnswer, 1)]
    public async Task A_post_whose_commit_was_lost_on_its_way_is_unknown_and_its_repetition_under_its_key_is_taken_once(PostgresProxy.Cut where, int stored)
    {
        var place = PostgresServer.Shared.NewDatabase();
        await using var proxy = new PostgresProxy(place);
        await using var storage = await PostgresStorage.OpenAsync(new PostgresOptions(proxy.ConnectionString, "test"), TimeProvider.System);

        proxy.CutNext(where);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => storage.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a"), Batch(1, "b")]));
        var again = await storage.Topics.AppendAsync("metrics", "http-idem/k", 1, [Batch(0, "a"), Batch(1, "b")]);

        Assert.Equal(stored == 1, again is null);
        Assert.Equal([(0, "a")], RecordsOf(storage.Topics, "metrics", 0));
        Assert.Equal([(0, "b")], RecordsOf(storage.Topics, "metrics", 1));
    }

    [SkippableTheory]
    [InlineData(PostgresProxy.Cut.BeforeTheServer, 0)]
    [InlineData(PostgresProxy.Cut.BeforeTheAnswer, 10)]
    public async Task A_commit_row_whose_answer_was_lost_is_unknown_and_the_next_serial_goes_on(PostgresProxy.Cut where, long position)
    {
        var place = PostgresServer.Shared.NewDatabase();
        await using var proxy = new PostgresProxy(place);
        await using var storage = await PostgresStorage.OpenAsync(new PostgresOptions(proxy.ConnectionString, "test"), TimeProvider.System);
        var row = await storage.Commits.ClaimAsync(Partition, 0);

        proxy.CutNext(where);
        Assert.Equal(CommitOutcome.Unknown, await storage.Commits.CommitAsync(Partition, row with { Serial = 1, Position = 10 }));
        Assert.Equal(position, Assert.Single(storage.Commits.RowsOf("alarms")).Row.Position);

        Assert.Equal(CommitOutcome.Committed, await storage.Commits.CommitAsync(Partition, row with { Serial = 2, Position = 20 }));
        Assert.Equal(20, Assert.Single(storage.Commits.RowsOf("alarms")).Row.Position);
    }

    [SkippableTheory]
    [InlineData(PostgresProxy.Cut.BeforeTheServer, 0)]
    [InlineData(PostgresProxy.Cut.BeforeTheAnswer, 2)]
    public async Task Results_whose_commit_was_lost_on_its_way_are_there_exactly_when_their_position_is(PostgresProxy.Cut where, long position)
    {
        var place = PostgresServer.Shared.NewDatabase();
        await using var proxy = new PostgresProxy(place);
        await using var storage = await PostgresStorage.OpenAsync(new PostgresOptions(proxy.ConnectionString, "test"), TimeProvider.System);
        var partition = new PartitionId("sink.p.table", "results.p", 1, 0);
        var row = await storage.Commits.ClaimAsync(partition, 0);
        ResultRow[] results = [ResultTableSpec.Result("w1", 0), ResultTableSpec.Result("w2", 0)];

        proxy.CutNext(where);
        Assert.Equal(CommitOutcome.Unknown, await storage.Results.WriteAsync(partition, 0, row with { Serial = 1, Position = 2 }, results));
        Assert.Equal(position, Assert.Single(storage.Commits.RowsOf(partition.Group)).Row.Position);
        Assert.Equal(position, storage.Results.List("p", 10).Count);

        // The reader starts again at its row.
        row = await storage.Commits.ClaimAsync(partition, 0);
        await storage.Results.WriteAsync(partition, row.Position, row with { Serial = 1, Position = 2 }, results[(int)row.Position..]);
        Assert.Equal(results, storage.Results.List("p", 10));
    }
}
