namespace ActorStream.Storage.Contracts;

/// <summary>Everything refused that has a position. Counters are exact; rows are capped per reason and minute (design.md section 8).</summary>
public interface IDeadLetterStore
{
    /// <summary>Same id twice is one row (a replay meets the same record again) and counts once. Completes when durable.</summary>
    Task AddAsync(IReadOnlyList<DeadLetterEntry> letters, CancellationToken cancel = default);

    /// <summary>Newest first.</summary>
    IReadOnlyList<DeadLetterEntry> List(int limit);

    /// <summary>Exact counts per reason.</summary>
    IReadOnlyDictionary<string, long> Counts();
}

/// <param name="Id">The position as text, e.g. <c>alarms/metrics.1/0@17</c>; decides what is the same letter.</param>
/// <param name="Reason">A short stable word: <c>unreadable</c>, <c>too-far-in-future</c>, <c>oversized</c>, <c>apply-failed</c>, <c>undeliverable</c>, <c>late</c>.</param>
/// <param name="Detail">A sentence with the value, the limit and the remedy. Never a secret.</param>
/// <param name="Excerpt">At most 256 bytes of the record, as text.</param>
public sealed record DeadLetterEntry(string Id, string Reason, string Source, long TimeMs, string Detail, string Excerpt);
