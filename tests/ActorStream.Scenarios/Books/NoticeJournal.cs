using System.Data.Common;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Wire.Serialization;
using Akka.Actor;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Books;

/// <summary>What the notice groups of an ended cluster know, recovered from its journal.</summary>
internal static class NoticeJournal
{
    private const string Groups = "SELECT DISTINCT persistence_id FROM journal WHERE persistence_id LIKE 'notice-%' ORDER BY 1";
    private const string Snapshot = "SELECT sequence_number, snapshot, manifest FROM snapshot WHERE persistence_id = @id ORDER BY sequence_number DESC LIMIT 1";
    private const string Events = "SELECT sequence_number, message, manifest FROM journal WHERE persistence_id = @id AND sequence_number > @after ORDER BY sequence_number";

    /// <summary>All webhooks of all groups.</summary>
    public static async Task<IReadOnlyList<ChannelDescription>> RecoverAsync(LocalCluster cluster)
    {
        using var system = ActorSystem.Create("books", "akka { loglevel = OFF, stdout-loglevel = OFF }");
        var serializer = new ActorStreamSerializer((ExtendedActorSystem)system);
        using var state = cluster.Connect();
        List<ChannelDescription> channels = [];
        foreach (var id in Rows(state, Groups, r => r.GetString(0)))
            channels.AddRange(Recover(state, serializer, id).Describe().Channels);
        await system.Terminate();
        return channels;
    }

    /// <summary>Nothing waits: what has arrived may wait still, when its answer was lost.</summary>
    public static async Task<bool> IsAtRestAsync(LocalCluster cluster) => (await RecoverAsync(cluster)).All(c => c.Queued == 0);

    private static NoticeState Recover(DbConnection state, ActorStreamSerializer serializer, string id)
    {
        var notices = new NoticeState(new NoticeOptions(), () => 0);
        var at = 0L;
        foreach (var (number, bytes, manifest) in Rows(state, Snapshot, Stored, ("@id", id)))
        {
            at = number;
            if (((EntitySnapshot)serializer.FromBinary(bytes, manifest)).State is { } snapshot)
                notices.Restore(snapshot);
        }
        foreach (var (number, bytes, manifest) in Rows(state, Events, Stored, ("@id", id), ("@after", at)))
        {
            // protocol.md A2: a hole in a journal would make these books worthless.
            Assert.Equal(++at, number);
            if (((Checkpoint)serializer.FromBinary(bytes, manifest)).Change is { } change)
                notices.Fold(change);
        }
        return notices;
    }

    private static (long Number, byte[] Bytes, string Manifest) Stored(DbDataReader row) => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetString(2));

    private static List<T> Rows<T>(DbConnection state, string sql, Func<DbDataReader, T> read, params (string Name, object Value)[] parameters)
    {
        using var command = state.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        using var row = command.ExecuteReader();
        var rows = new List<T>();
        while (row.Read())
            rows.Add(read(row));
        return rows;
    }
}
