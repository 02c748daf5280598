using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Writes results to the table of the state database: one chunk, one transaction that also moves the position.</summary>
internal sealed class TableWriter(PartitionId partition, IResultTable table, IDeadLetterStore letters) : IChunkWriter
{
    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        var read = ResultChunk.Read(partition, chunk);
        if (read.Unreadable.Count > 0)
            await letters.AddAsync(read.Unreadable).ConfigureAwait(false);
        var counted = new ReaderCounters(read.Results.Count + read.Unreadable.Count, read.Results.Count, 0, read.Unreadable.Count);
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next, Counters = row.Counters + counted };
        return (await table.WriteAsync(partition, row.Position, next, [.. read.Results.Select(RowOf)]).ConfigureAwait(false), next);
    }

    public void Dispose()
    {
    }

    private static ResultRow RowOf(PlacedResult placed)
    {
        var (result, data) = (placed.Result, placed.Result.Data);
        return new ResultRow(
            result.PipelineId, result.RowId, result.Revision, result.StartMs, result.EndMs, result.Key, data.Count, data.Sum, data.Min, data.Max, data.Avg, placed.Data, result.MergedInto,
            data.Count == 0 ? null : data.LastUpdatedMs, placed.AppendTimeMs) { IsRetracted = result.IsRetracted };
    }
}
