using System.Globalization;

namespace ActorStream.Tests.Shared;

/// <summary>A stand-in for the full disk of a PostgreSQL server: every insert and update is answered with the SQLSTATE and the words of one. A real one needs a file system of its own.</summary>
/// <remarks>One table after the other, each in a transaction of its own: who locks all tables of a running node in one transaction meets its transactions in another order, and the server ends one of them as a deadlock.</remarks>
public static class PostgresDisk
{
    private const string Make = """
        CREATE OR REPLACE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''could not extend file "base/1/2": No space left on device'' USING ERRCODE = ''disk_full''; END';
        """;

    /// <summary>For every table; of all of them when this returns.</summary>
    public static void Fill(string connectionString)
    {
        PostgresServer.Scalar(connectionString, Make);
        OnEachTable(connectionString, "CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON {0} FOR EACH STATEMENT EXECUTE FUNCTION disk_full()");
    }

    /// <summary>Only at COMMIT, when a transaction has inserted into this table.</summary>
    public static void FillAtCommit(string connectionString, string table) =>
        PostgresServer.Scalar(connectionString, Make + $"CREATE CONSTRAINT TRIGGER disk_full AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disk_full()");

    public static void Clear(string connectionString) => OnEachTable(connectionString, "DROP TRIGGER IF EXISTS disk_full ON {0}");

    private static void OnEachTable(string connectionString, string statement)
    {
        var tables = (string)PostgresServer.Scalar(connectionString, "SELECT string_agg(quote_ident(tablename), ' ') FROM pg_tables WHERE schemaname = current_schema()")!;
        foreach (var table in tables.Split(' '))
            PostgresServer.Scalar(connectionString, string.Format(CultureInfo.InvariantCulture, statement, table));
    }
}
