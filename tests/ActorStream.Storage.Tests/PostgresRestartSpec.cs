using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Tests.Shared;

namespace ActorStream.Storage.Tests;

/// <summary>The server goes away under the writers and comes back.</summary>
public sealed class PostgresRestartSpec
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Senders_that_repeat_over_restarts_of_the_server_are_taken_once_each(bool isKill)
    {
        using var server = new PostgresServer();
        var place = server.NewDatabase();
        await using var storage = await PostgresStorage.OpenAsync(new PostgresOptions(place, "test"), TimeProvider.System);
        using var stop = new CancellationTokenSource();

        var senders = Enumerable.Range(0, 6).Select(s => SendAsync(storage.Topics, $"s{s}", stop.Token)).ToList();
        for (var restart = 1; restart <= 3; restart++)
        {
            await HeadBeyondAsync(storage.Topics, restart * 100);
            if (isKill)
                server.Kill();
            else
                server.Stop();
            Assert.Throws<StorageUnavailableException>(() => storage.Topics.StateOf("alarms", 0));
            server.StartAgain();
        }
        await HeadBeyondAsync(storage.Topics, 500);
        await stop.CancelAsync();
        var sent = (await Task.WhenAll(senders)).SelectMany(s => s).ToList();
        var stored = DataFolder.RecordsOf(storage.Topics, "alarms", 0);

        Assert.Equal(Enumerable.Range(0, stored.Count).Select(i => (long)i), stored.Select(r => r.Offset));
        Assert.Equal(sent.Order(StringComparer.Ordinal), stored.Select(r => r.Value).Order(StringComparer.Ordinal));
    }

    /// <summary>One after the other, each until it is known to be taken, as an entity's outbox does.</summary>
    private static async Task<List<string>> SendAsync(ITopicStore topics, string sender, CancellationToken stop)
    {
        var sent = new List<string>();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var number = 1; !stop.IsCancellationRequested;)
        {
            try
            {
                Assert.Equal(number, await topics.AppendAsync("alarms", sender, [DataFolder.Item(0, number, $"{sender}:{number}")], CancellationToken.None));
                sent.Add($"{sender}:{number++}");
            }
            catch (Exception e) when (e is StorageUnavailableException or OutcomeUnknownException)
            {
                // The last one may have been taken: it is asked until that is known, whoever wants to stop.
                await again.WaitForNextTickAsync(CancellationToken.None);
            }
        }
        return sent;
    }

    private static async Task HeadBeyondAsync(ITopicStore topics, long head)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (HeadOf(topics) < head)
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    private static long HeadOf(ITopicStore topics)
    {
        try
        {
            return topics.StateOf("alarms", 0).Head;
        }
        catch (StorageUnavailableException)
        {
            return -1;
        }
    }
}
