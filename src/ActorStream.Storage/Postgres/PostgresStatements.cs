using System.Text;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Statements with $1, $2, … and their values. Null is SQL's null.</summary>
internal static class PostgresStatements
{
    public static async Task<int> RunAsync(this NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using var command = connection.Sql(sql, values);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    public static NpgsqlCommand Sql(this NpgsqlConnection connection, string sql, params object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        Bind(command.Parameters, values);
        return command;
    }

    public static void Add(this NpgsqlBatch batch, string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        Bind(command.Parameters, values);
        batch.BatchCommands.Add(command);
    }

    public static List<T> List<T>(this NpgsqlConnection connection, Func<NpgsqlDataReader, T> rowOf, string sql, params object?[] values)
    {
        using var command = connection.Sql(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(rowOf(reader));
        return rows;
    }

    public static async Task<List<T>> ListAsync<T>(this NpgsqlConnection connection, Func<NpgsqlDataReader, T> rowOf, string sql, params object?[] values)
    {
        await using var command = connection.Sql(sql, values);
        await using var reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await reader.ListAsync(rowOf).ConfigureAwait(false);
    }

    public static async Task<List<T>> ListAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> rowOf)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync().ConfigureAwait(false))
            rows.Add(rowOf(reader));
        return rows;
    }

    /// <summary>Text for people, made storable: a PostgreSQL text holds neither a zero character nor half a surrogate pair.</summary>
    public static string Storable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');

    private static void Bind(NpgsqlParameterCollection parameters, object?[] values)
    {
        foreach (var value in values)
            parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
    }
}
