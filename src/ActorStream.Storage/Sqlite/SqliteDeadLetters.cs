using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Sqlite;

/// <summary>Refused records. Beyond the cap only a hash of the id is kept: enough to count each letter once, too little to let junk fill the disk.</summary>
internal sealed class SqliteDeadLetters(SqliteFile state, TimeProvider time) : IDeadLetterStore
{
    public const int RowsPerReasonAndMinuteMax = 1000;

    private const int DeletedPerTransaction = 5000;
    private const long MinuteMs = 60_000;

    public Task AddAsync(IReadOnlyList<DeadLetterEntry> letters, CancellationToken cancel = default) =>
        letters.Count == 0 ? Task.CompletedTask : state.WriteAsync(session => Add(session, letters), cancel, 512 * letters.Count);

    public IReadOnlyList<DeadLetterEntry> List(int limit) => state.Read(session => ListIn(session, limit));

    public IReadOnlyDictionary<string, long> Counts() => state.Read(CountsIn);

    public async Task<long> RetainAsync(long storedBeforeMs, CancellationToken cancel)
    {
        var total = 0L;
        int deleted;
        do
        {
            deleted = await state.WriteAsync(session => Delete(session, storedBeforeMs), cancel).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted >= DeletedPerTransaction);
        return total;
    }

    private int Add(SqliteSession session, IReadOnlyList<DeadLetterEntry> letters)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var added = 0;
        foreach (var letter in letters)
        {
            if (IsKnown(session, letter.Id))
                continue;
            if (TakeRoom(session, letter.Reason, now / MinuteMs))
                Insert(session, letter, now);
            else
                session.Sql("INSERT INTO dead_letter_beyond (hash, stored_at) VALUES (?, ?)").Bind(HashOf(letter.Id)).Bind(now).Run();
            session.Sql("INSERT INTO dead_letter_count (reason, count) VALUES (?, 1) ON CONFLICT (reason) DO UPDATE SET count = count + 1").Bind(letter.Reason).Run();
            added++;
        }
        return added;
    }

    private static bool IsKnown(SqliteSession session, string id)
    {
        using var row = session.Sql("SELECT 1 FROM dead_letter WHERE id = ? UNION ALL SELECT 1 FROM dead_letter_beyond WHERE hash = ?").Bind(id).Bind(HashOf(id));
        return row.Step();
    }

    private static bool TakeRoom(SqliteSession session, string reason, long minute)
    {
        session.Sql("INSERT INTO dead_letter_minute (reason, minute, stored) VALUES (?, ?, 1) ON CONFLICT (reason, minute) DO UPDATE SET stored = stored + 1 WHERE stored < ?")
            .Bind(reason).Bind(minute).Bind(RowsPerReasonAndMinuteMax).Run();
        return session.Changes == 1;
    }

    private static void Insert(SqliteSession session, DeadLetterEntry letter, long nowMs) =>
        session.Sql("INSERT INTO dead_letter (id, reason, source, time, detail, excerpt, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
            .Bind(letter.Id).Bind(letter.Reason).Bind(letter.Source).Bind(letter.TimeMs).Bind(letter.Detail).Bind(letter.Excerpt).Bind(nowMs).Run();

    private static long HashOf(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }

    private static List<DeadLetterEntry> ListIn(SqliteSession session, int limit)
    {
        var letters = new List<DeadLetterEntry>();
        using var row = session.Sql("SELECT id, reason, source, time, detail, excerpt FROM dead_letter ORDER BY seq DESC LIMIT ?").Bind(limit);
        while (row.Step())
            letters.Add(new DeadLetterEntry(row.Text(0), row.Text(1), row.Text(2), row.Int64(3), row.Text(4), row.Text(5)));
        return letters;
    }

    private static Dictionary<string, long> CountsIn(SqliteSession session)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        using var row = session.Sql("SELECT reason, count FROM dead_letter_count ORDER BY reason");
        while (row.Step())
            counts[row.Text(0)] = row.Int64(1);
        return counts;
    }

    private static int Delete(SqliteSession session, long storedBeforeMs)
    {
        session.Sql("DELETE FROM dead_letter WHERE seq IN (SELECT seq FROM dead_letter WHERE stored_at < ? ORDER BY stored_at LIMIT ?)").Bind(storedBeforeMs).Bind(DeletedPerTransaction).Run();
        var deleted = session.Changes;
        session.Sql("DELETE FROM dead_letter_beyond WHERE hash IN (SELECT hash FROM dead_letter_beyond WHERE stored_at < ? ORDER BY stored_at LIMIT ?)").Bind(storedBeforeMs).Bind(DeletedPerTransaction).Run();
        deleted += session.Changes;
        session.Sql("DELETE FROM dead_letter_minute WHERE minute < ?").Bind(storedBeforeMs / MinuteMs).Run();
        return deleted;
    }
}
