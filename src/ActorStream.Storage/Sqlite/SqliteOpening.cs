using System.Globalization;
using ActorStream.Storage.Contracts;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ActorStream.Storage.Sqlite;

/// <summary>Makes a database file, or checks that it may be opened: same cluster, known schema, fence in place. Several processes may do so at the same moment.</summary>
internal static class SqliteOpening
{
    private const int AttemptsMax = 200;
    private const int AttemptMs = 50;

    /// <exception cref="StorageRefusedException">The file belongs to another cluster, another version, or has lost its fence.</exception>
    /// <exception cref="StorageUnavailableException">Another process kept it locked.</exception>
    public static async Task<SqliteSession> OpenAsync(string path, string pragmas, string schema, string cluster, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Open(path, pragmas, schema, cluster);
            }
            catch (SqliteException e) when (e.SqliteErrorCode is SQLITE_BUSY or SQLITE_LOCKED)
            {
                // The switch to WAL does not wait for a lock, whatever the busy timeout is.
                if (attempt == AttemptsMax)
                    throw SqliteFailures.NotDone(Path.GetFileName(path), e);
                await Task.Delay(AttemptMs, cancel).ConfigureAwait(false);
            }
            catch (SqliteException e)
            {
                throw new StorageUnavailableException($"{path} cannot be opened: {e.Message}", e);
            }
        }
    }

    private static SqliteSession Open(string path, string pragmas, string schema, string cluster)
    {
        var session = SqliteSession.Open(path, pragmas);
        try
        {
            session.Script("PRAGMA journal_mode=WAL;");
            session.Script("BEGIN IMMEDIATE");
            if (!Exists(session, "table", "storage_info"))
                Create(session, schema, cluster);
            Migrate(session, schema);
            Check(session, Path.GetFileName(path), schema, cluster);
            session.Script("COMMIT");
            return session;
        }
        catch (Exception e) when (e is SqliteException or StorageRefusedException)
        {
            session.Dispose();
            throw;
        }
    }

    private static void Create(SqliteSession session, string schema, string cluster)
    {
        session.Script(schema);
        SetInfo(session, "schema", SqliteSchema.Version.ToString(CultureInfo.InvariantCulture));
        SetInfo(session, "cluster", cluster);
    }

    /// <summary>From the version before, by whoever opens the file first; a program of that version cannot start on it any more, one that runs goes on.</summary>
    private static void Migrate(SqliteSession session, string schema)
    {
        if (Info(session, "schema") != (SqliteSchema.Version - 1).ToString(CultureInfo.InvariantCulture))
            return;
        if (ReferenceEquals(schema, SqliteSchema.State))
            session.Script(SqliteSchema.Results);
        session.Sql("UPDATE storage_info SET value = ? WHERE key = 'schema'").Bind(SqliteSchema.Version.ToString(CultureInfo.InvariantCulture)).Run();
    }

    private static void Check(SqliteSession session, string file, string schema, string cluster)
    {
        var version = long.Parse(Info(session, "schema"), CultureInfo.InvariantCulture);
        if (version != SqliteSchema.Version)
            throw new StorageRefusedException($"{file} has schema {version}, this program knows {SqliteSchema.Version}. Start it with the program version that wrote it, or a newer one.");
        var owner = Info(session, "cluster");
        if (owner != cluster)
            throw new StorageRefusedException($"{file} belongs to the cluster '{owner}', this node is of '{cluster}'. Give this cluster a data folder of its own, or correct its name.");
        if (ReferenceEquals(schema, SqliteSchema.State) && FenceIn(session) != SqliteSchema.Fence)
            throw new StorageRefusedException($"{file} lacks the trigger '{SqliteSchema.FenceName}' on its journal, or has another one: two incarnations of an entity could overwrite each other. Restore the file, or the trigger from the schema.");
    }

    internal static bool Exists(SqliteSession session, string type, string name)
    {
        using var row = session.Sql("SELECT 1 FROM sqlite_master WHERE type = ? AND name = ?").Bind(type).Bind(name);
        return row.Step();
    }

    internal static string FenceIn(SqliteSession session)
    {
        using var row = session.Sql("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ? AND tbl_name = 'journal'").Bind(SqliteSchema.FenceName);
        return row.Step() ? row.Text(0) : "";
    }

    internal static string Info(SqliteSession session, string key)
    {
        using var row = session.Sql("SELECT value FROM storage_info WHERE key = ?").Bind(key);
        return row.Step() ? row.Text(0) : "0";
    }

    private static void SetInfo(SqliteSession session, string key, string value) =>
        session.Sql("INSERT INTO storage_info (key, value) VALUES (?, ?)").Bind(key).Bind(value).Run();
}
