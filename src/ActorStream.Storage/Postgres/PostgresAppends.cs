using System.Threading.Channels;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Appends of this node: whatever waits shares a transaction (group commit); each caller is answered when it is durable. An append that refuses fails alone.</summary>
internal sealed class PostgresAppends : IAsyncDisposable
{
    private const int WaitingMax = 4096;
    private const int GroupAppendsMax = 512;
    private const int GroupBytesMax = 8 << 20;

    private readonly Channel<PostgresAppend> _waiting = Channel.CreateBounded<PostgresAppend>(WaitingMax);
    private readonly PostgresDatabase _database;
    private readonly TimeProvider _time;
    private readonly Task _work;

    public PostgresAppends(PostgresDatabase database, TimeProvider time)
    {
        (_database, _time) = (database, time);
        _work = Task.Run(WorkAsync);
    }

    public async Task<T> RunAsync<T>(PostgresAppend<T> append, CancellationToken cancel)
    {
        await using var registration = cancel.UnsafeRegister(static (a, token) => ((PostgresAppend)a!).Withdraw(token), append).ConfigureAwait(false);
        try
        {
            await _waiting.Writer.WriteAsync(append, cancel).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(PostgresAppends), "The storage is closed; nothing was stored.");
        }
        return await append.Completion.ConfigureAwait(false);
    }

    /// <summary>Finishes what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _work.ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var group = TakeGroup();
            if (group.Count == 0)
                continue;
            try
            {
                await _database.WriteAsync(connection => RunAsync(connection, group), CancellationToken.None).ConfigureAwait(false);
                group.ForEach(a => a.Complete());
            }
            catch (Exception e) // Broad: whatever it was, every caller that waits must be told, and the worker serves all.
            {
                group.ForEach(a => a.Fail(e));
            }
        }
    }

    private List<PostgresAppend> TakeGroup()
    {
        var group = new List<PostgresAppend>();
        for (var bytes = 0L; group.Count < GroupAppendsMax && bytes < GroupBytesMax && _waiting.Reader.TryRead(out var append);)
        {
            if (!append.TryTake())
                continue;
            group.Add(append);
            bytes += append.Bytes;
        }
        return group;
    }

    private async Task<int> RunAsync(NpgsqlConnection connection, List<PostgresAppend> group)
    {
        var counters = await LockedCounters.LockAsync(connection, group, _time.GetUtcNow().ToUnixTimeMilliseconds()).ConfigureAwait(false);
        foreach (var append in group.ToList())
        {
            try
            {
                append.Run(counters);
            }
            catch (Exception e) when (e is InvalidOperationException or InvalidDataException)
            {
                group.Remove(append);
                append.Fail(e);
            }
        }
        await counters.WriteAsync(connection).ConfigureAwait(false);
        return group.Count;
    }
}
