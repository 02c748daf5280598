using ActorStream.Storage.Contracts;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace ActorStream.Storage.Sqlite;

/// <summary>Which of the three honest answers an error of SQLite is: full, unavailable (both certainly not done), or nobody knows.</summary>
internal static class SqliteFailures
{
    /// <summary>The statement itself was wrong; the transaction around it is as it was.</summary>
    public static bool IsOfStatement(SqliteException e) => e.SqliteErrorCode is SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH or SQLITE_ERROR or SQLITE_RANGE or SQLITE_MISUSE;

    /// <summary>Before COMMIT was asked, or after SQLite has certainly rolled back.</summary>
    public static Exception NotDone(string file, SqliteException e) => e.SqliteErrorCode switch
    {
        SQLITE_FULL => Full(file, e),
        SQLITE_BUSY or SQLITE_LOCKED => new StorageUnavailableException($"{file} was locked by another process for more than {SqliteSession.BusyTimeoutMs} ms. Nothing was stored; it is safe to repeat.", e),
        _ => new StorageUnavailableException($"{file} could not be written, nothing was stored: {e.Message}", e),
    };

    /// <summary>COMMIT failed and the transaction is gone.</summary>
    public static Exception AfterCommit(string file, SqliteException e) => e.SqliteErrorCode switch
    {
        // The frame that commits is the last one written: with no room for it the log holds no commit.
        SQLITE_FULL => Full(file, e),
        _ => new OutcomeUnknownException($"The commit to {file} failed in an unknown state: {e.Message}", e),
    };

    private static StorageFullException Full(string file, SqliteException e) =>
        new($"{file} is full: the disk, or its configured bound of pages. Nothing was stored; free some space or raise the bound, then repeat.", e);
}
