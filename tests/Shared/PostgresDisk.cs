using System.Globalization;

namespace ActorStream.Tests.Shared;

/// <summary>A stand-in for the full disk of a PostgreSQL server: every insert and update is answered with the SQLSTATE and the words of one. A real one needs a file system of its own.</summary>
public static class PostgresDisk
{
    private const string Make = """
        CREATE OR REPLACE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''could not extend file "base/1/2": No space left on device'' USING ERRCODE = ''disk_full''; END';
        """;

    private const string EachTable = "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE format('{0}', t); END LOOP; END $$";

    /// <summary>From the statement that writes on, for every table.</summary>
    public static void Fill(string connectionString) =>
        PostgresServer.Scalar(connectionString, Make + OnEachTable("CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION disk_full()"));

    /// <summary>Only at COMMIT, when a transaction has inserted into this table.</summary>
    public static void FillAtCommit(string connectionString, string table) =>
        PostgresServer.Scalar(connectionString, Make + $"CREATE CONSTRAINT TRIGGER disk_full AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION disk_full()");

    public static void Clear(string connectionString) => PostgresServer.Scalar(connectionString, OnEachTable("DROP TRIGGER IF EXISTS disk_full ON %I"));

    private static string OnEachTable(string statement) => string.Format(CultureInfo.InvariantCulture, EachTable, statement);
}
