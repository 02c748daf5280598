using System.Collections.Concurrent;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Postgres;

/// <summary>A number per topic that rises with what was committed to it: at once for this process, within a poll for another. Any thread.</summary>
/// <remarks>One query over all counter rows each 50 ms. NOTIFY would be faster for others and take a lock of the whole server in every commit.</remarks>
internal sealed class ChangeStamps : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PaceWhenUnreachable = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<long, long> _stamps = new();
    private readonly Dictionary<long, decimal> _heads = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly PostgresDatabase _database;
    private readonly Task _work;

    public ChangeStamps(PostgresDatabase database)
    {
        _database = database;
        Look();
        _work = Task.Run(WorkAsync);
    }

    public long Of(long topic) => _stamps.GetValueOrDefault(topic);

    public void Bump(long topic) => _stamps.AddOrUpdate(topic, 1, static (_, stamp) => stamp + 1);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Real time, whatever clock the storage was given: it paces a query and decides nothing.</summary>
    private async Task WorkAsync()
    {
        using var timer = new PeriodicTimer(Pace);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                timer.Period = TryLook() ? Pace : PaceWhenUnreachable;
        }
        catch (OperationCanceledException)
        {
            // The storage is closed.
        }
    }

    private bool TryLook()
    {
        try
        {
            Look();
            return true;
        }
        catch (StorageUnavailableException)
        {
            return false;
        }
    }

    private void Look()
    {
        var rows = _database.Read(connection => connection.List(r => (Topic: r.GetInt64(0), Heads: r.GetDecimal(1)), "SELECT topic_id, SUM(next_offset) FROM topic_partition GROUP BY topic_id"));
        foreach (var (topic, heads) in rows)
        {
            if (_heads.TryGetValue(topic, out var before) && before == heads)
                continue;
            _heads[topic] = heads;
            Bump(topic);
        }
    }
}
