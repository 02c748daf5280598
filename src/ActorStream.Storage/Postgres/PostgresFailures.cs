using ActorStream.Storage.Contracts;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Which of the three honest answers an error of the server or of the way there is: full, unavailable (both certainly not done), or nobody knows.</summary>
internal static class PostgresFailures
{
    /// <summary>The value or the row was wrong, not the database: the caller's own fault, told as it is.</summary>
    public static bool IsOfStatement(NpgsqlException e) => e is PostgresException { SqlState: ['2', '2' or '3', ..] };

    /// <summary>Before COMMIT was sent: without it the server rolls back, whatever happened.</summary>
    public static Exception NotDone(NpgsqlException e) => e.SqlState switch
    {
        PostgresErrorCodes.DiskFull => new StorageFullException("The disk of the PostgreSQL server is full. Nothing was stored; free some space there, then repeat.", e),
        _ => new StorageUnavailableException($"PostgreSQL could not be used, nothing was stored; it is safe to repeat: {e.Message}", e),
    };

    /// <summary>COMMIT was sent. The server's own word that it did not commit is taken; silence and its end are not.</summary>
    public static Exception OfCommit(NpgsqlException e) => e is PostgresException { SqlState: PostgresErrorCodes.DiskFull or ['4', '0', ..] or ['2', '3' or '5', ..] }
        ? NotDone(e)
        : new OutcomeUnknownException($"The commit was sent to PostgreSQL and its answer lost: {e.Message}", e);
}
