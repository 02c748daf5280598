using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Storage.Contracts;

/// <summary>The table behind <c>GET /alarms</c>: a sink of the <c>alarms</c> topic that keeps its position in the same transaction (protocol.md rule 29).</summary>
public interface IAlarmHistory
{
    /// <summary>Inserts the rows and moves the commit row from <paramref name="from"/> to its new position in one transaction; <see cref="CommitOutcome.Fenced"/> when the row is elsewhere.</summary>
    Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<AlarmRecord> alarms, CancellationToken cancel = default);

    /// <summary>Newest first, in the order they were stored; every condition that is not null must hold.</summary>
    IReadOnlyList<StoredAlarm> List(AlarmQuery query);

    /// <summary>Null: unknown, or older than the retention.</summary>
    AlarmRecord? Find(AlarmId id);
}

/// <param name="FromMs">Time of the sample, epoch milliseconds, inclusive.</param>
/// <param name="ToMs">Exclusive.</param>
/// <param name="Before">Only rows with a lower number: the last row of the page before.</param>
/// <param name="Limit">1 to 1,000 rows.</param>
public sealed record AlarmQuery(string? Metric = null, Guid? RuleId = null, AlarmKind? Kind = null, long? FromMs = null, long? ToMs = null, long? Before = null, int Limit = 100);

/// <param name="Number">Rises in the order of storing; the page mark.</param>
public readonly record struct StoredAlarm(long Number, AlarmRecord Alarm);
