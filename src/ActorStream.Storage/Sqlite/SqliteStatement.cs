using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace ActorStream.Storage.Sqlite;

/// <summary>A prepared statement of one session. Parameters are bound in the order of their question marks; <see cref="Dispose"/> ends the run and gives it back.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(sqlite3_prepare_v3(database, sql, SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public SqliteStatement Begin()
    {
        _bound = 0;
        return this;
    }

    public SqliteStatement Bind(long value)
    {
        Check(sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Bind(double value)
    {
        Check(sqlite3_bind_double(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Bind(string value)
    {
        Check(sqlite3_bind_text(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        Check(sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement BindNull()
    {
        Check(sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    /// <summary>True: a row is there.</summary>
    public bool Step()
    {
        var code = sqlite3_step(_statement);
        if (code is not (SQLITE_ROW or SQLITE_DONE))
            Check(code);
        return code == SQLITE_ROW;
    }

    /// <summary>Runs to the end and gives the statement back.</summary>
    public void Run()
    {
        using (this)
        {
            while (Step())
            {
            }
        }
    }

    public long Int64(int column) => sqlite3_column_int64(_statement, column);

    public int Int32(int column) => checked((int)sqlite3_column_int64(_statement, column));

    public double Double(int column) => sqlite3_column_double(_statement, column);

    public string Text(int column) => sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    public byte[] Blob(int column) => sqlite3_column_blob(_statement, column).ToArray();

    /// <summary>Without reading the blob itself.</summary>
    public int BytesOf(int column) => sqlite3_column_bytes(_statement, column);

    public bool IsNull(int column) => sqlite3_column_type(_statement, column) == SQLITE_NULL;

    public void Dispose()
    {
        // Their results repeat the error that Step has thrown already.
        _ = sqlite3_reset(_statement);
        _ = sqlite3_clear_bindings(_statement);
    }

    public void Close() => _statement.Dispose();

    private void Check(int code)
    {
        if (code == SQLITE_OK)
            return;
        var extended = sqlite3_extended_errcode(_database);
        throw new SqliteException($"SQLite error {extended}: {sqlite3_errmsg(_database).utf8_to_string()}.", code & 0xff, extended);
    }
}
