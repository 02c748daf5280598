using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorStream.Storage.Contracts;
using Npgsql;
using static ActorStream.Storage.Postgres.PostgresStatements;

namespace ActorStream.Storage.Postgres;

/// <summary>Refused records. Beyond the cap only a hash of the id is kept: enough to count each letter once, too little to let junk fill the disk.</summary>
internal sealed class PostgresDeadLetters(PostgresDatabase database, TimeProvider time) : IDeadLetterStore
{
    public const int RowsPerReasonAndMinuteMax = 1000;

    private const long MinuteMs = 60_000;

    public Task AddAsync(IReadOnlyList<DeadLetterEntry> letters, CancellationToken cancel = default) =>
        letters.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => AddAsync(connection, letters), cancel);

    public IReadOnlyList<DeadLetterEntry> List(int limit) => database.Read(connection => connection.List(
        r => new DeadLetterEntry(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetString(4), r.GetString(5)),
        "SELECT id, reason, source, time, detail, excerpt FROM dead_letter ORDER BY seq DESC LIMIT $1", limit));

    public IReadOnlyDictionary<string, long> Counts() => database.Read(connection => connection
        .List(r => (Reason: r.GetString(0), Count: r.GetInt64(1)), "SELECT reason, count FROM dead_letter_count").ToDictionary(c => c.Reason, c => c.Count, StringComparer.Ordinal));

    public async Task<long> RetainAsync(long storedBeforeMs, CancellationToken cancel)
    {
        var rows = await PostgresRetention.DeleteAsync(
            database, "DELETE FROM dead_letter WHERE seq IN (SELECT seq FROM dead_letter WHERE stored_at < $1 ORDER BY stored_at LIMIT $2)", storedBeforeMs, cancel).ConfigureAwait(false);
        var hashes = await PostgresRetention.DeleteAsync(
            database, "DELETE FROM dead_letter_beyond WHERE hash IN (SELECT hash FROM dead_letter_beyond WHERE stored_at < $1 ORDER BY stored_at LIMIT $2)", storedBeforeMs, cancel).ConfigureAwait(false);
        await database.WriteAsync(connection => connection.RunAsync("DELETE FROM dead_letter_minute WHERE minute < $1", storedBeforeMs / MinuteMs), cancel).ConfigureAwait(false);
        return rows + hashes;
    }

    /// <summary>One writer at a time in the whole cluster: letters are rare, and the caps and counters are shared rows.</summary>
    private async Task<int> AddAsync(NpgsqlConnection connection, IReadOnlyList<DeadLetterEntry> letters)
    {
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, $2)", PostgresSchema.Locks, PostgresSchema.DeadLettersLock).ConfigureAwait(false);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var fresh = await NewOfAsync(connection, letters).ConfigureAwait(false);
        var room = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var reason in fresh.GroupBy(l => l.Reason, StringComparer.Ordinal))
        {
            room[reason.Key] = await TakeRoomAsync(connection, reason.Key, now / MinuteMs, reason.Count()).ConfigureAwait(false);
            batch.Add("INSERT INTO dead_letter_count (reason, count) VALUES ($1, $2) ON CONFLICT (reason) DO UPDATE SET count = dead_letter_count.count + excluded.count", reason.Key, (long)reason.Count());
        }
        foreach (var letter in fresh)
        {
            if (room[letter.Reason]-- > 0)
            {
                batch.Add("INSERT INTO dead_letter (id, reason, source, time, detail, excerpt, stored_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    letter.Id, letter.Reason, Storable(letter.Source), letter.TimeMs, Storable(letter.Detail), Storable(letter.Excerpt), now);
            }
            else
            {
                batch.Add("INSERT INTO dead_letter_beyond (hash, stored_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", HashOf(letter.Id), now);
            }
        }
        return fresh.Count == 0 ? 0 : await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static async Task<List<DeadLetterEntry>> NewOfAsync(NpgsqlConnection connection, IReadOnlyList<DeadLetterEntry> letters)
    {
        var asked = letters.Select(l => l with { Id = Storable(l.Id), Reason = Storable(l.Reason) }).DistinctBy(l => l.Id, StringComparer.Ordinal).ToList();
        var ids = (await connection.ListAsync(r => r.GetString(0), "SELECT id FROM dead_letter WHERE id = ANY($1)", (object)asked.Select(l => l.Id).ToArray()).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        var hashes = (await connection.ListAsync(r => r.GetInt64(0), "SELECT hash FROM dead_letter_beyond WHERE hash = ANY($1)", asked.Select(l => HashOf(l.Id)).ToArray()).ConfigureAwait(false)).ToHashSet();
        return asked.Where(l => !ids.Contains(l.Id) && !hashes.Contains(HashOf(l.Id))).ToList();
    }

    /// <summary>How many rows of this reason still fit into the minute.</summary>
    private static async Task<int> TakeRoomAsync(NpgsqlConnection connection, string reason, long minute, int wanted)
    {
        var stored = (await connection.ListAsync(r => r.GetInt32(0), "SELECT stored FROM dead_letter_minute WHERE reason = $1 AND minute = $2", reason, minute).ConfigureAwait(false)).SingleOrDefault();
        var taken = Math.Min(wanted, RowsPerReasonAndMinuteMax - stored);
        await connection.RunAsync("INSERT INTO dead_letter_minute (reason, minute, stored) VALUES ($1, $2, $3) ON CONFLICT (reason, minute) DO UPDATE SET stored = excluded.stored",
            reason, minute, stored + taken).ConfigureAwait(false);
        return taken;
    }

    private static long HashOf(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
