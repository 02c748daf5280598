using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Sinks;

/// <param name="Data">All aggregates, as the JSON object of the topic.</param>
internal sealed record PlacedResult(long Offset, long AppendTimeMs, ResultRecord Result, string Data);

/// <summary>The results of a chunk in order, for sinks that need more than the line.</summary>
/// <param name="Unreadable">A dead letter each; they must be durable before the chunk is committed.</param>
internal sealed record ResultChunk(IReadOnlyList<PlacedResult> Results, IReadOnlyList<DeadLetterEntry> Unreadable)
{
    public static ResultChunk Read(PartitionId partition, TopicChunk chunk)
    {
        var (results, unreadable) = (new List<PlacedResult>(), new List<DeadLetterEntry>());
        foreach (var batch in chunk.Batches)
        {
            var records = new RecordCursor(batch, chunk.Columns);
            while (records.Next())
            {
                if (records.Offset < chunk.From)
                    continue;
                try
                {
                    var result = ResultReader.Read(records.Value, out var data);
                    results.Add(new PlacedResult(records.Offset, records.AppendTimeMs, result, data));
                }
                catch (InvalidDataException e)
                {
                    unreadable.Add(new DeadLetterEntry($"{partition}@{records.Offset}", "unreadable", partition.ToString(), records.AppendTimeMs, e.Message, Excerpt.Of(records.Value)));
                }
            }
        }
        return new ResultChunk(results, unreadable);
    }
}
