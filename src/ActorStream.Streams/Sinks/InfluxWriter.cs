using System.Buffers;
using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Writes results to InfluxDB, a point each: what is written again after a crash overwrites itself.</summary>
/// <remarks>A batch that the server refuses is halved until the bad point is alone: it becomes a dead letter with the server's answer, the others are written. Anything else the server says starts the reader again.</remarks>
internal sealed class InfluxWriter(PartitionId partition, InfluxClient client, bool revisionIsTag, ICommitStore commits, IDeadLetterStore letters) : IChunkWriter
{
    /// <summary>What InfluxDB recommends for a batch.</summary>
    private const int PointsMax = 5_000;

    private readonly ArrayBufferWriter<byte> _lines = new(1 << 16);

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        var read = ResultChunk.Read(partition, chunk);
        var refused = new List<DeadLetterEntry>(read.Unreadable);
        for (var at = 0; at < read.Results.Count; at += PointsMax)
            await WriteAsync(read.Results, at, Math.Min(PointsMax, read.Results.Count - at), refused).ConfigureAwait(false);
        if (refused.Count > 0)
            await letters.AddAsync(refused).ConfigureAwait(false);
        var records = read.Results.Count + read.Unreadable.Count;
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next, Counters = row.Counters + new ReaderCounters(records, records - refused.Count, 0, refused.Count) };
        return (await commits.CommitAsync(partition, next).ConfigureAwait(false), next);
    }

    public void Dispose() => client.Dispose();

    private async Task WriteAsync(IReadOnlyList<PlacedResult> results, int at, int count, List<DeadLetterEntry> refused)
    {
        _lines.ResetWrittenCount();
        for (var i = at; i < at + count; i++)
            ResultPoint.Write(results[i].Result, revisionIsTag, _lines);
        if (await client.WriteAsync(_lines.WrittenMemory).ConfigureAwait(false) is not { } answer)
            return;
        if (count == 1)
        {
            refused.Add(Refused(results[at], answer));
            return;
        }
        await WriteAsync(results, at, count / 2, refused).ConfigureAwait(false);
        await WriteAsync(results, at + (count / 2), count - (count / 2), refused).ConfigureAwait(false);
    }

    private DeadLetterEntry Refused(PlacedResult placed, string answer) => new(
        $"{partition}@{placed.Offset}", "undeliverable", partition.ToString(), placed.AppendTimeMs, answer, Excerpt.Of(Encoding.UTF8.GetBytes($"{placed.Result.Id} {placed.Data}")));
}
