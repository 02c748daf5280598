using System.Globalization;
using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Makes the schema, or checks that it may be used: same cluster, known version, fence in place. One node at a time.</summary>
internal static class PostgresOpening
{
    /// <exception cref="StorageRefusedException">The schema belongs to another cluster, is of another version, or has lost its fence.</exception>
    /// <returns>True: made just now.</returns>
    public static async Task<bool> OpenAsync(NpgsqlConnection connection, PostgresOptions options)
    {
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, $2)", PostgresSchema.Locks, PostgresSchema.MakingLock).ConfigureAwait(false);
        await connection.RunAsync("CREATE TABLE IF NOT EXISTS storage_info (key text PRIMARY KEY, value text NOT NULL)").ConfigureAwait(false);
        var info = await InfoAsync(connection).ConfigureAwait(false);
        var isNew = info.Count == 0;
        if (isNew)
        {
            await connection.RunAsync(PostgresSchema.Tables).ConfigureAwait(false);
            info = new() { ["schema"] = PostgresSchema.Version.ToString(CultureInfo.InvariantCulture), ["cluster"] = options.ClusterName };
            foreach (var (key, value) in info)
                await connection.RunAsync("INSERT INTO storage_info (key, value) VALUES ($1, $2)", key, value).ConfigureAwait(false);
        }
        await MigrateAsync(connection, info).ConfigureAwait(false);
        await CheckAsync(connection, info, options.ClusterName).ConfigureAwait(false);
        PostgresTopicMaking.MakeAll(connection, options);
        return isNew;
    }

    internal static async Task<Dictionary<string, string>> InfoAsync(NpgsqlConnection connection) =>
        (await connection.ListAsync(r => (Key: r.GetString(0), Value: r.GetString(1)), "SELECT key, value FROM storage_info").ConfigureAwait(false)).ToDictionary(i => i.Key, i => i.Value, StringComparer.Ordinal);

    /// <summary>From the version before, by the node that comes first; a program of that version cannot start on it any more, one that runs goes on.</summary>
    private static async Task MigrateAsync(NpgsqlConnection connection, Dictionary<string, string> info)
    {
        if (info.GetValueOrDefault("schema") != (PostgresSchema.Version - 1).ToString(CultureInfo.InvariantCulture))
            return;
        await connection.RunAsync(PostgresSchema.Results).ConfigureAwait(false);
        info["schema"] = PostgresSchema.Version.ToString(CultureInfo.InvariantCulture);
        await connection.RunAsync("UPDATE storage_info SET value = $1 WHERE key = 'schema'", info["schema"]).ConfigureAwait(false);
    }

    private static async Task CheckAsync(NpgsqlConnection connection, Dictionary<string, string> info, string cluster)
    {
        if (!long.TryParse(info.GetValueOrDefault("schema"), CultureInfo.InvariantCulture, out var version) || version != PostgresSchema.Version)
            throw new StorageRefusedException($"The PostgreSQL database has schema {info.GetValueOrDefault("schema")}, this program knows {PostgresSchema.Version}. Start it with the program version that wrote it, or a newer one.");
        var owner = info.GetValueOrDefault("cluster");
        if (owner != cluster)
            throw new StorageRefusedException($"The PostgreSQL database belongs to the cluster '{owner}', this node is of '{cluster}'. Give this cluster a database or schema of its own, or correct its name.");
        if (!await HasFenceAsync(connection).ConfigureAwait(false))
            throw new StorageRefusedException($"The PostgreSQL database lacks the trigger '{PostgresSchema.FenceName}' on its journal, or has another one: two incarnations of an entity could overwrite each other. Restore the database, or the trigger from the schema.");
    }

    /// <summary>Enabled, before insert, for each row, and with exactly our function.</summary>
    internal static async Task<bool> HasFenceAsync(NpgsqlConnection connection)
    {
        var bodies = await connection.ListAsync(r => r.GetString(0), """
            SELECT p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE t.tgrelid = 'journal'::regclass AND t.tgname = $1 AND t.tgenabled IN ('O', 'A') AND t.tgtype = 7 AND t.tgqual IS NULL
            """, PostgresSchema.FenceName).ConfigureAwait(false);
        return bodies is [var body] && body == PostgresSchema.FenceBody;
    }
}
