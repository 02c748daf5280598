using System.Data.Common;
using System.Globalization;

namespace ActorStream.Storage.Tests;

/// <summary>One record appended past the storage in a transaction that is committed when this is disposed: a writer that stands still before its COMMIT.</summary>
public sealed class HeldAppend : IDisposable
{
    private const string Topic = "FROM topic t JOIN topic_partition p ON p.topic_id = t.id WHERE t.name = 'metrics' AND p.partition = 0";

    private readonly DbConnection _connection;
    private readonly Action _committed;

    /// <param name="connection">Closed; to be owned.</param>
    /// <param name="begin">How a writer begins a transaction there.</param>
    /// <param name="value">The record's value.</param>
    /// <param name="committed">Called at the end.</param>
    public HeldAppend(DbConnection connection, string begin, string value, Action committed)
    {
        (_connection, _committed) = (connection, committed);
        connection.Open();
        Run(begin);
        Run("UPDATE topic_partition SET next_offset = next_offset + 1 WHERE partition = 0 AND topic_id = (SELECT id FROM topic WHERE name = 'metrics')");
        Offset = Convert.ToInt64(Run($"SELECT p.next_offset - 1 {Topic}"), CultureInfo.InvariantCulture);
        Run($"INSERT INTO topic_batch (topic_id, incarnation, partition, first_offset, count, append_time, blob) SELECT t.id, t.incarnation, 0, p.next_offset - 1, 1, p.append_time, @blob {Topic}",
            DataFolder.Batch(0, value).Blob.ToArray());
    }

    /// <summary>What it has taken.</summary>
    public long Offset { get; }

    public void Dispose()
    {
        Run("COMMIT");
        _connection.Dispose();
        _committed();
    }

    private object? Run(string sql, byte[]? blob = null)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        if (blob is not null)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@blob", blob);
            command.Parameters.Add(parameter);
        }
        return command.ExecuteScalar();
    }
}
