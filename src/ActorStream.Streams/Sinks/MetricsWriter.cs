using System.Buffers.Binary;
using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Appends results to <c>metrics</c>, a sample each, exactly once whatever dies when. A retraction says nothing that a sample could: it is skipped.</summary>
/// <remarks>
/// The topic takes each number of a sender once (protocol.md rule 28). Numbers are the samples sent so far: the commit row holds how many go with its position,
/// so a chunk that is read again, cut elsewhere or not, gives each sample its number again. The sender's name holds the incarnation of the results topic: numbers begin again with it.
/// </remarks>
internal sealed class MetricsWriter(PartitionId partition, SinkSpec sink, ITopicStore topics, ICommitStore commits, IDeadLetterStore letters) : IChunkWriter
{
    /// <summary>Tells this state from another kind of sink's that had the name before.</summary>
    private const byte Mark = (byte)'m';

    private readonly byte[] _name = Encoding.UTF8.GetBytes(sink.Target);
    private readonly int _partition = StableHash.Bucket(sink.Target, topics.PartitionsOf(TopicNames.Metrics));

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        var read = ResultChunk.Read(partition, chunk);
        var refused = new List<DeadLetterEntry>(read.Unreadable);
        var sent = SentOf(row);
        var samples = SamplesOf(read.Results, sent, refused);
        if (refused.Count > 0)
            await letters.AddAsync(refused).ConfigureAwait(false);
        if (samples.Count > 0)
            await topics.AppendAsync(TopicNames.Metrics, partition.ToString(), samples).ConfigureAwait(false);
        var records = read.Results.Count + read.Unreadable.Count;
        var next = row with
        {
            Serial = row.Serial + 1,
            Position = chunk.Next,
            Counters = row.Counters + new ReaderCounters(records, samples.Count, records - samples.Count - refused.Count, refused.Count),
            ProcessorState = StateOf(sent + samples.Count),
        };
        return (await commits.CommitAsync(partition, next).ConfigureAwait(false), next);
    }

    public void Dispose()
    {
    }

    private List<NumberedRecord> SamplesOf(IReadOnlyList<PlacedResult> results, long sent, List<DeadLetterEntry> refused)
    {
        var samples = new List<NumberedRecord>(results.Count);
        foreach (var placed in results.Where(r => !r.Result.IsRetracted))
        {
            if (ValueOf(placed.Result.Data) is { } value)
                samples.Add(new NumberedRecord(_partition, sent + samples.Count + 1, _name, ResultSample.Encode(placed.Result, value)));
            else
                refused.Add(new DeadLetterEntry(
                    $"{partition}@{placed.Offset}", "unreadable", partition.ToString(), placed.AppendTimeMs, "The result holds no last: it was made before the pipeline aggregated it.", Excerpt.Of(Encoding.UTF8.GetBytes(placed.Data))));
        }
        return samples;
    }

    private double? ValueOf(WindowData data) => sink.Field switch
    {
        ResultField.Avg => data.Avg,
        ResultField.Count => data.Count,
        ResultField.Sum => data.Sum,
        ResultField.Min => data.Min,
        ResultField.Max => data.Max,
        ResultField.Last => data.Last,
        _ => throw new InvalidOperationException($"Field {sink.Field} has no value."),
    };

    private static long SentOf(CommitRow row) => row.ProcessorState.Span is [Mark, .. var sent] && sent.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(sent) : 0;

    private static byte[] StateOf(long sent)
    {
        var state = new byte[1 + sizeof(long)];
        state[0] = Mark;
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(1), sent);
        return state;
    }
}
