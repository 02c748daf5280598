using ActorStream.Domain.Alarms;

namespace ActorStream.Storage.Contracts;

/// <summary>Every attempt to deliver an alarm, for people who ask what became of it. Not part of any promise: what must not be lost is in the notice group's journal.</summary>
public interface IDeliveryLog
{
    /// <summary>The same (alarm, attempt) again replaces the row: an attempt is written when it starts and when it ends.</summary>
    Task WriteAsync(IReadOnlyList<DeliveryRow> rows, CancellationToken cancel = default);

    /// <summary>In order of attempts; empty for an alarm that was never tried, or is older than the retention.</summary>
    IReadOnlyList<DeliveryRow> Of(AlarmId alarm);
}

/// <param name="Attempt">From 1.</param>
/// <param name="StartedMs">Epoch milliseconds.</param>
/// <param name="EndedMs">Null: no answer is known.</param>
/// <param name="Outcome">A short stable word: <c>sent</c> (no answer yet), <c>delivered</c>, <c>not-taken</c>, <c>unknown</c>, <c>refused</c>, <c>dead</c>.</param>
/// <param name="Answer">A sentence with the receiver's status and what it asked for. Never a token.</param>
/// <param name="IsAmbiguous">The attempt before had no known outcome: this one may have been the second to arrive.</param>
public sealed record DeliveryRow(AlarmId Alarm, int Attempt, long StartedMs, long? EndedMs, string Outcome, string Answer, bool IsAmbiguous);
