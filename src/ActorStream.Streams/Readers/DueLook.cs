using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Streams.Readers;

/// <summary>Looks for series of one partition that have been silent for long enough, once everything the log holds was read.</summary>
internal sealed class DueLook(PartitionId partition, ITopicStore topics, IDueTable due, TimeProvider time)
{
    /// <summary>The rows of one look go into messages of half a frame, and tags are at most 768 bytes a series; what is over comes a second later.</summary>
    private const int RowsMax = 500;

    /// <summary>A record gets its append time before its transaction ends: one that is about to become visible may carry a time this far back, not further.</summary>
    private const long InFlightMs = 1_000;

    /// <summary>Null unless the reader stands at the head and something is due.</summary>
    /// <remarks>
    /// Silence must be judged by the log's own time (protocol.md B9), and a log in which nothing is written has no other time than the clock that
    /// stamps its appends, which is this one. It is read before the head: whatever is appended after that has a later time. The entity's own clock is never
    /// asked: while nobody reads, time stands still here, so a fail-over is not taken for silence.
    /// </remarks>
    public DueFound? At(long next)
    {
        var clock = time.GetUtcNow().ToUnixTimeMilliseconds();
        var state = topics.StateOf(partition.Topic, partition.Partition);
        if (state.Head != next)
            return null;
        var headTime = Math.Max(state.LastAppendTimeMs, clock - InFlightMs);
        var rows = due.DueAt(partition, headTime, RowsMax);
        return rows.Count == 0 ? null : new DueFound(headTime, [.. rows.GroupBy(static r => r.EntityId).Select(static g => new RoutedDue(g.Key, [.. g.Select(static r => new DueSeries(r.Series, r.LastOffset))]))]);
    }
}

/// <param name="HeadTime">Every record appended before it was read, epoch milliseconds.</param>
internal sealed record DueFound(long HeadTime, IReadOnlyList<RoutedDue> Due);
