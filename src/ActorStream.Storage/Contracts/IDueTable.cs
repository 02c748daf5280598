using ActorStream.Domain.Records;

namespace ActorStream.Storage.Contracts;

/// <summary>When a silent series is due, by entity, partition and series (protocol.md rule 27). In the journal's database.</summary>
public interface IDueTable
{
    /// <summary>Written before the checkpoint that arms them; a row never goes back to an older sample. Completes when durable.</summary>
    Task ArmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default);

    /// <summary>Removes each row only while it still holds that sample.</summary>
    Task DisarmAsync(IReadOnlyList<DueRow> rows, CancellationToken cancel = default);

    /// <summary>Rows of the partition due at or before the time, earliest first.</summary>
    IReadOnlyList<DueRow> DueAt(PartitionId partition, long timeMs, int limit);
}

/// <param name="Series">The series' tags as canonical text; empty for a sample without tags.</param>
/// <param name="LastOffset">Position of the series' last sample in the partition.</param>
/// <param name="DueMs">Log time, epoch milliseconds.</param>
public sealed record DueRow(string EntityId, PartitionId Partition, string Series, long LastOffset, long DueMs);
