using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Storage.Contracts;

/// <summary>The last revision of every window, for people and programs that ask in SQL: a sink of results topics that keeps its position in the same transaction (protocol.md rule 29). In the journal's database.</summary>
public interface IResultTable
{
    /// <summary>Writes the rows and moves the commit row from <paramref name="from"/> to its new position in one transaction; <see cref="CommitOutcome.Fenced"/> when the row is elsewhere. <see cref="CommitOutcome.Unknown"/> instead of an exception.</summary>
    /// <param name="results">In the order of the topic; a row never goes back to an older revision.</param>
    Task<CommitOutcome> WriteAsync(PartitionId partition, long from, CommitRow row, IReadOnlyList<ResultRow> results, CancellationToken cancel = default);

    /// <summary>Deletes the pipeline's rows of windows that ended before this, in small transactions; returns rows deleted. A later revision of such a window makes its row again.</summary>
    /// <param name="endBeforeMs">Epoch milliseconds.</param>
    Task<long> RetainAsync(string pipeline, long endBeforeMs, CancellationToken cancel = default);

    /// <summary>Rows of the pipeline in the order of their start, then of their window ids.</summary>
    /// <param name="limit">At least 1.</param>
    IReadOnlyList<ResultRow> List(string pipeline, int limit);
}

/// <summary>A row of <c>window_result</c>; its key is pipeline and window id.</summary>
/// <param name="WindowId">Of a join's row with the positions of its events behind it: each row is one of its own.</param>
/// <param name="Revision">From 0.</param>
/// <param name="StartMs">Epoch milliseconds.</param>
/// <param name="EndMs">Exclusive.</param>
/// <param name="Count">0 of a retraction, like all values; of a join's row its events, and all values are 0.</param>
/// <param name="Data">All aggregates, as the JSON object of the results topic.</param>
/// <param name="MergedInto">Window id of the session that took this one in; null of all else.</param>
/// <param name="EventTimeMs">Greatest event time of the window, epoch milliseconds; null of a retraction.</param>
/// <param name="ProcessingTimeMs">When the results topic took it, epoch milliseconds.</param>
public sealed record ResultRow(
    string Pipeline, string WindowId, int Revision, long StartMs, long EndMs, string Key, long Count, double Sum, double Min, double Max, double Avg, string Data, string? MergedInto,
    long? EventTimeMs, long ProcessingTimeMs)
{
    /// <summary>It counts no more: leave it out of sums.</summary>
    public bool IsRetracted { get; init; }
}
