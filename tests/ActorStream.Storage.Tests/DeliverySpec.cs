using ActorStream.Domain.Alarms;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

public abstract class DeliverySpec(IStorageWorld world) : IDisposable
{
    private static readonly AlarmId Alarm = AlarmId.OfSilence(new Guid(1, 0, 0, new byte[8]), new PartitionId("alarms", "metrics", 1, 0), 7);
    private static readonly AlarmId Other = AlarmId.OfSilence(new Guid(1, 0, 0, new byte[8]), new PartitionId("alarms", "metrics", 1, 0), 8);

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task Attempts_of_an_alarm_come_in_their_order_and_the_end_of_one_replaces_its_start()
    {
        await using (var storage = await world.OpenAsync())
        {
            await storage.Deliveries.WriteAsync([Row(Other, 1, "sent"), Row(Alarm, 2, "sent"), Row(Alarm, 1, "sent")]);
            await storage.Deliveries.WriteAsync([Row(Alarm, 1, "unknown", 150) with { Answer = "größer \0 \ud800" }, Row(Alarm, 2, "delivered", 250) with { IsAmbiguous = true }]);
            await storage.Deliveries.WriteAsync([]);
        }

        await using var again = await world.OpenAsync();
        var rows = again.Deliveries.Of(Alarm);

        Assert.Equal([(1, "unknown", 150L, false), (2, "delivered", 250L, true)], rows.Select(r => (r.Attempt, r.Outcome, r.EndedMs ?? 0, r.IsAmbiguous)));
        Assert.StartsWith("größer ", rows[0].Answer, StringComparison.Ordinal);
        Assert.Equal(Row(Other, 1, "sent"), Assert.Single(again.Deliveries.Of(Other)));
        Assert.Empty(again.Deliveries.Of(AlarmId.OfSilence(Guid.Empty, new PartitionId("alarms", "metrics", 1, 0), 1)));
    }

    [SkippableFact]
    public async Task The_start_and_the_end_of_an_attempt_in_one_call_leave_the_end()
    {
        await using var storage = await world.OpenAsync();

        await storage.Deliveries.WriteAsync([Row(Alarm, 1, "sent"), Row(Other, 1, "sent"), Row(Alarm, 1, "delivered", 150)]);

        Assert.Equal(Row(Alarm, 1, "delivered", 150), Assert.Single(storage.Deliveries.Of(Alarm)));
    }

    [SkippableFact]
    public async Task Nodes_that_write_the_same_attempts_at_once_in_different_orders_wait_for_each_other_in_no_circle()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();
        var rows = Enumerable.Range(1, 50).SelectMany(attempt => new[] { Row(Alarm, attempt, "sent"), Row(Other, attempt, "sent") }).ToArray();
        DeliveryRow[] backwards = [.. rows.Reverse()];

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? one : two).Deliveries.WriteAsync(i % 4 < 2 ? rows : backwards)));

        Assert.Equal(50, one.Deliveries.Of(Alarm).Count);
        Assert.Equal(50, two.Deliveries.Of(Other).Count);
    }

    [SkippableFact]
    public async Task Attempts_older_than_the_retention_go()
    {
        await using var storage = await world.OpenAsync(historyRetention: TimeSpan.FromMilliseconds(500));
        await storage.Deliveries.WriteAsync([Row(Alarm, 1, "unknown", 999_499) with { StartedMs = 999_499 }, Row(Alarm, 2, "delivered", 999_600) with { StartedMs = 999_500 }]);

        Assert.Equal(1, await storage.RetainAsync());

        Assert.Equal(2, Assert.Single(storage.Deliveries.Of(Alarm)).Attempt);
    }

    private static DeliveryRow Row(AlarmId alarm, int attempt, string outcome, long? endedMs = null) => new(alarm, attempt, 100 * attempt, endedMs, outcome, "", false);
}

public sealed class DeliveryOnSqliteSpec() : DeliverySpec(new DataFolder());

public sealed class DeliveryOnPostgresSpec() : DeliverySpec(new PostgresWorld());
