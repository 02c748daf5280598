using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ActorStream.Storage.Sqlite;

/// <summary>One connection and its prepared statements. Used by one thread at a time.</summary>
/// <remarks>Statements go to SQLite's own interface: ADO.NET would box every parameter, copy every blob and, when the database is busy, sleep 150 ms at a time behind our back.</remarks>
internal sealed class SqliteSession : IDisposable
{
    public const int BusyTimeoutMs = 5000;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>No transaction is open. SQLite ends one by itself on some errors.</summary>
    public bool IsAutoCommit => sqlite3_get_autocommit(_connection.Handle) != 0;

    /// <summary>Rows written through this connection, ever.</summary>
    public int TotalChanges => sqlite3_total_changes(_connection.Handle);

    /// <summary>Rows written by the last insert, update or delete.</summary>
    public int Changes => sqlite3_changes(_connection.Handle);

    public static SqliteSession Open(string file, string pragmas) => Open(new SqliteConnectionStringBuilder { DataSource = file }, pragmas);

    /// <summary>Neither makes nor changes the file. Without a log beside it nobody has it open and nothing else has to be read: then no file is made beside it either.</summary>
    public static SqliteSession OpenToLook(string file) =>
        Open(new SqliteConnectionStringBuilder { DataSource = File.Exists(file + "-wal") ? file : $"{new Uri(Path.GetFullPath(file)).AbsoluteUri}?immutable=1", Mode = SqliteOpenMode.ReadOnly }, $"PRAGMA busy_timeout={BusyTimeoutMs}");

    private static SqliteSession Open(SqliteConnectionStringBuilder builder, string pragmas)
    {
        // Not pooled: a pooled connection carries its pragmas, and an open file, into the next life of this path.
        (builder.Pooling, builder.DefaultTimeout) = (false, 1);
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            connection.Open();
            var session = new SqliteSession(connection);
            session.Script(pragmas);
            return session;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The statement, prepared once; dispose it to end its run.</summary>
    public SqliteStatement Sql(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new SqliteStatement(_connection.Handle!, sql);
        return statement.Begin();
    }

    /// <summary>Runs statements without parameters, not kept.</summary>
    public void Script(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Close();
        _statements.Clear();
        _connection.Dispose();
    }
}
