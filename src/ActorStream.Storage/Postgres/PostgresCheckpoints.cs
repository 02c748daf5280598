using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Figures of journal and snapshots, by entity.</summary>
internal sealed class PostgresCheckpoints(PostgresDatabase database) : ICheckpointTable
{
    public IReadOnlyList<EntityCheckpoint> Of(IReadOnlyList<string> persistenceIds) => database.Read(connection => Of(connection, persistenceIds));

    /// <summary>One statement, so that no entity's snapshot is newer than its events.</summary>
    internal static List<EntityCheckpoint> Of(NpgsqlConnection connection, IReadOnlyList<string> persistenceIds) => connection.List(
        r => new EntityCheckpoint(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.IsDBNull(6) ? null : JournalTime.ToMs(r.GetInt64(6))), """
        SELECT asked.id, COALESCE(j.last, 0), COALESCE(s.sequence_number, 0), COALESCE(j.events, 0), COALESCE(j.bytes, 0), COALESCE(s.bytes, 0), j.created
        FROM unnest($1) WITH ORDINALITY AS asked (id, place)
        LEFT JOIN LATERAL (
            SELECT sequence_number, length(snapshot)::bigint AS bytes FROM snapshot WHERE persistence_id = asked.id ORDER BY sequence_number DESC LIMIT 1) s ON true
        LEFT JOIN LATERAL (
            SELECT max(sequence_number) AS last, count(*) FILTER (WHERE sequence_number > COALESCE(s.sequence_number, 0)) AS events, max(created) AS created,
                COALESCE(sum(length(message)) FILTER (WHERE sequence_number > COALESCE(s.sequence_number, 0)), 0)::bigint AS bytes
            FROM journal WHERE persistence_id = asked.id AND sequence_number >= COALESCE(s.sequence_number, 0)) j ON true
        ORDER BY asked.place
        """, (object)persistenceIds.ToArray());
}
