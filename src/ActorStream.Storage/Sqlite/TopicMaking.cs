using ActorStream.Storage.Contracts;
using ActorStream.Storage.Topics;

namespace ActorStream.Storage.Sqlite;

/// <summary>Makes the topics of the options where they are missing, and refuses what does not fit what is there.</summary>
internal static class TopicMaking
{
    public static void MakeAll(StorageOptions options, SqliteSession topics, SqliteSession state)
    {
        foreach (var spec in options.Topics)
        {
            if (spec.Partitions is < 1 or > TopicSpec.PartitionsMax)
                throw new StorageRefusedException($"Topic '{spec.Name}' is configured with {spec.Partitions} partitions; 1 to {TopicSpec.PartitionsMax} are allowed.");
            // Commit rows first: they may only be behind what is read of the topic afterwards.
            var committed = CommittedOf(state, spec.Name);
            var session = options.InternalTopics.Contains(spec.Name) ? state : topics;
            InTransaction(session, () => Make(session, spec, committed));
            Check(session, spec, committed);
        }
    }

    /// <summary>One topic while the storage is open. What is there stays as it is.</summary>
    public static async Task EnsureAsync(TopicCatalog catalog, TopicSpec spec, bool withState, CancellationToken cancel)
    {
        if (spec.Partitions is < 1 or > TopicSpec.PartitionsMax)
            throw new ArgumentOutOfRangeException(nameof(spec), spec.Partitions, $"Topic '{spec.Name}' has 1 to {TopicSpec.PartitionsMax} partitions.");
        var file = catalog.Find(spec.Name);
        if (file is null)
        {
            var committed = catalog.State.Read(state => CommittedOf(state, spec.Name));
            file = withState ? catalog.State : catalog.Topics;
            await file.WriteAsync(
                session =>
                {
                    Make(session, spec, committed);
                    return true;
                },
                cancel).ConfigureAwait(false);
        }
        var readBefore = catalog.State.Read(state => CommittedOf(state, spec.Name));
        file.Read(session =>
        {
            Check(session, spec with { Partitions = TopicCatalog.Find(session, spec.Name)!.Partitions }, readBefore);
            return true;
        });
    }

    private static void Make(SqliteSession session, TopicSpec spec, List<Committed> committed)
    {
        // A topic made anew must not be taken for the one that readers have read (protocol.md A13).
        var incarnation = committed.Select(c => c.Incarnation).DefaultIfEmpty(0).Max() + 1;
        session.Sql("INSERT OR IGNORE INTO topic (name, kind, incarnation, partitions) VALUES (?, ?, ?, ?)")
            .Bind(spec.Name).Bind((long)spec.Kind).Bind(incarnation).Bind(spec.Partitions).Run();
        if (session.Changes == 0)
            return;
        for (var partition = 0; partition < spec.Partitions; partition++)
        {
            session.Sql("INSERT INTO topic_partition (topic_id, partition, first_offset, next_offset, append_time) SELECT id, ?, 0, 0, 0 FROM topic WHERE name = ?")
                .Bind(partition).Bind(spec.Name).Run();
        }
    }

    private static void Check(SqliteSession session, TopicSpec spec, List<Committed> committed)
    {
        var topic = TopicCatalog.Find(session, spec.Name)!;
        if (topic.Kind != spec.Kind)
            throw new StorageRefusedException($"Topic '{spec.Name}' is {topic.Kind} in the data folder and {spec.Kind} in the configuration. Rename one of them.");
        if (topic.Partitions != spec.Partitions)
            throw new StorageRefusedException($"Topic '{spec.Name}' was made with {topic.Partitions} partitions and {spec.Partitions} are configured. The number is fixed when the topic is made: configure {topic.Partitions}, or use a new data folder.");
        if (committed.Any(c => c.Incarnation > topic.Incarnation))
            throw new StorageRefusedException($"Topic '{spec.Name}' is here in incarnation {topic.Incarnation}, but its readers have committed a later one: it was read from Kafka meanwhile, or topics.db is an old copy. Configure Kafka again, restore both files from one moment, or use a new data folder.");
        foreach (var row in committed.Where(c => c.Incarnation == topic.Incarnation && c.Partition < topic.Partitions))
        {
            var head = SqliteTopics.StateIn(session, topic.Id, row.Partition).Head;
            if (head < row.Position)
                throw new StorageRefusedException($"Topic '{spec.Name}', partition {row.Partition}, ends at offset {head}, but its readers have committed {row.Position}: topics.db is older than state.db. Restore both files from one moment.");
        }
    }

    private static List<Committed> CommittedOf(SqliteSession state, string topic)
    {
        var rows = new List<Committed>();
        using var row = state.Sql("SELECT incarnation, partition, position FROM commit_row WHERE topic = ?").Bind(topic);
        while (row.Step())
            rows.Add(new Committed(row.Int32(0), row.Int32(1), row.Int64(2)));
        return rows;
    }

    private static void InTransaction(SqliteSession session, Action work)
    {
        session.Sql("BEGIN IMMEDIATE").Run();
        try
        {
            work();
            session.Sql("COMMIT").Run();
        }
        finally
        {
            if (!session.IsAutoCommit)
                session.Sql("ROLLBACK").Run();
        }
    }

    private sealed record Committed(int Incarnation, int Partition, long Position);
}
