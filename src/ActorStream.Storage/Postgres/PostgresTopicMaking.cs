using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <summary>Makes the topics of the options where they are missing, and refuses what does not fit what is there.</summary>
internal static class PostgresTopicMaking
{
    public static void MakeAll(NpgsqlConnection connection, PostgresOptions options)
    {
        foreach (var spec in options.Topics)
        {
            if (spec.Partitions is < 1 or > TopicSpec.PartitionsMax)
                throw new StorageRefusedException($"Topic '{spec.Name}' is configured with {spec.Partitions} partitions; 1 to {TopicSpec.PartitionsMax} are allowed.");
            var committed = CommittedOf(connection, spec.Name);
            if (PostgresCatalog.Find(connection, spec.Name) is null)
                Make(connection, spec, committed);
            Check(connection, spec, committed);
        }
    }

    /// <summary>One topic while the storage is open, in a transaction. What is there stays as it is.</summary>
    public static void Ensure(NpgsqlConnection connection, TopicSpec spec)
    {
        if (spec.Partitions is < 1 or > TopicSpec.PartitionsMax)
            throw new ArgumentOutOfRangeException(nameof(spec), spec.Partitions, $"Topic '{spec.Name}' has 1 to {TopicSpec.PartitionsMax} partitions.");
        using (var turn = connection.Sql("SELECT pg_advisory_xact_lock($1, $2)", PostgresSchema.Locks, PostgresSchema.MakingLock))
            turn.ExecuteNonQuery();
        var committed = CommittedOf(connection, spec.Name);
        if (PostgresCatalog.Find(connection, spec.Name) is null)
            Make(connection, spec, committed);
        Check(connection, spec with { Partitions = PostgresCatalog.Find(connection, spec.Name)!.Partitions }, committed);
    }

    /// <summary>A topic made anew must not be taken for the one that readers have read (protocol.md A13).</summary>
    private static void Make(NpgsqlConnection connection, TopicSpec spec, List<Committed> committed)
    {
        var incarnation = committed.Select(c => c.Incarnation).DefaultIfEmpty(0).Max() + 1;
        using var make = connection.Sql("""
            WITH made AS (INSERT INTO topic (name, kind, incarnation, partitions) VALUES ($1, $2, $3, $4) RETURNING id)
            INSERT INTO topic_partition (topic_id, partition, first_offset, next_offset, append_time) SELECT id, partition, 0, 0, 0 FROM made, generate_series(0, $4 - 1) AS partition
            """, spec.Name, (int)spec.Kind, incarnation, spec.Partitions);
        make.ExecuteNonQuery();
    }

    private static void Check(NpgsqlConnection connection, TopicSpec spec, List<Committed> committed)
    {
        var topic = PostgresCatalog.Find(connection, spec.Name)!;
        if (topic.Kind != spec.Kind)
            throw new StorageRefusedException($"Topic '{spec.Name}' is {topic.Kind} in the database and {spec.Kind} in the configuration. Rename one of them.");
        if (topic.Partitions != spec.Partitions)
            throw new StorageRefusedException($"Topic '{spec.Name}' was made with {topic.Partitions} partitions and {spec.Partitions} are configured. The number is fixed when the topic is made: configure {topic.Partitions}, or use a new database.");
        if (committed.Any(c => c.Incarnation > topic.Incarnation))
            throw new StorageRefusedException($"Topic '{spec.Name}' is here in incarnation {topic.Incarnation}, but its readers have committed a later one: it was read from Kafka meanwhile. Configure Kafka again, or use a new database.");
        foreach (var row in committed.Where(c => c.Incarnation == topic.Incarnation && c.Partition < topic.Partitions))
        {
            var head = PostgresTopics.StateIn(connection, topic, row.Partition).Head;
            if (head < row.Position)
                throw new StorageRefusedException($"Topic '{spec.Name}', partition {row.Partition}, ends at offset {head}, but its readers have committed {row.Position}: a part of the database was restored from another moment. Restore all of it from one.");
        }
    }

    private static List<Committed> CommittedOf(NpgsqlConnection connection, string topic) =>
        connection.List(r => new Committed(r.GetInt32(0), r.GetInt32(1), r.GetInt64(2)), "SELECT incarnation, partition, position FROM commit_row WHERE topic = $1", topic);

    private sealed record Committed(int Incarnation, int Partition, long Position);
}
