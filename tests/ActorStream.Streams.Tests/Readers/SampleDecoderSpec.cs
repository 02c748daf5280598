using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;
using CsCheck;

namespace ActorStream.Streams.Tests.Readers;

/// <summary>The decoder of the hot path against a loop that anyone can check by reading it.</summary>
public sealed class SampleDecoderSpec(ITestOutputHelper output)
{
    private const long DelayMs = 50;
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    /// <summary>Time null: the sample carries none. Value null: not a sample.</summary>
    private static readonly Gen<Line> GenLine = Gen.Select(
        Gen.Int[0, 5], Gen.OneOf(Gen.Const((long?)null), Gen.Long[1_000, 2_000].Select(t => (long?)t)), Gen.OneOf(Gen.Const((double?)null), Gen.Double[-10, 10].Select(d => (double?)d)),
        Gen.Int[0, 2], (metric, time, value, tag) => new Line($"m{metric}", time, value, tag == 0 ? null : $"t{tag}"));

    private static readonly Gen<World> GenWorld = Gen.Select(
        Gen.Select(GenLine.Array[1, 6], Gen.Long[900, 2_100], (lines, append) => (lines, append)).Array[1, 8],
        Gen.Int[0, 20], Gen.Int[1, 3], Gen.Int[0, 5].Array[0, 4], Gen.OneOf(Gen.Const(FutureBound.Off), Gen.Long[0, 600]),
        (batches, from, batchesPerChunk, rules, ahead) => new World(batches, from, batchesPerChunk, rules, ahead));

    [Fact]
    public void Every_chunk_is_what_a_plain_loop_says()
    {
        GenWorld.Sample(
            world =>
            {
                var rules = new RulesInHand();
                var row = new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0);
                var decoder = new SampleDecoder(Partition, row, rules, DelayMs, world.AheadMsMax);
                var plain = new PlainDecoder(world.AheadMsMax);
                var index = 0;
                foreach (var chunk in world.Chunks())
                {
                    // A rule may come between two chunks, also the first one of all.
                    if (index < world.Rules.Length)
                        rules.Know($"m{world.Rules[index]}");
                    index++;
                    var expected = plain.Decode(chunk, metric => rules.Current.For(metric) is not null);
                    var actual = decoder.Decode(chunk.Chunk);
                    Assert.Equal(expected.Lines, LinesOf(actual.Chunk));
                    Assert.Equal(expected.Counters, actual.Chunk.Counters);
                    Assert.Equal(expected.MaxEventTime, actual.Chunk.MaxEventTime);
                    Assert.Equal(chunk.Chunk.Next, actual.Chunk.Next);
                    Assert.Equal(expected.Unreadable.Select(o => $"{Partition}@{o}"), actual.Letters.Select(l => l.Id));
                }
            },
            output.WriteLine);
    }

    [Fact]
    public void Samples_of_a_node_without_any_rule_are_counted_and_not_routed()
    {
        var decoder = new SampleDecoder(Partition, new CommitRow(1, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 0), new RulesInHand(), DelayMs);

        var decoded = decoder.Decode(new World([([new Line("cpu", 1_000, 1, null)], 900)], 0, 1, []).Chunks().Single().Chunk);

        Assert.Empty(decoded.Chunk.Batches);
        Assert.Equal(new ReaderCounters(1, 0, 1, 0), decoded.Chunk.Counters);
    }

    [Fact]
    public void A_restart_judges_by_the_committed_cut_and_not_from_the_beginning()
    {
        var rules = new RulesInHand();
        rules.Know("cpu");
        var row = new CommitRow(2, 0, 10, 5_000, false, new ReaderCounters(10, 4, 5, 1), ReadOnlyMemory<byte>.Empty, 0);
        var decoder = new SampleDecoder(Partition, row, rules, DelayMs);

        var decoded = decoder.Decode(new World([([new Line("cpu", 1_000, 1, null)], 900)], 0, 1, []).Chunks().Single().Chunk);

        var samples = (SampleBatch)decoded.Chunk.Batches[0].Batch;
        Assert.Equal(5_000 - DelayMs, samples.Columns.WatermarksBefore[samples.Start]);
        Assert.Equal(5_000, decoded.Chunk.MaxEventTime);
        Assert.Equal(new ReaderCounters(11, 5, 5, 1), decoded.Chunk.Counters);
    }

    private static List<string> LinesOf(DecodedChunk chunk)
    {
        Assert.Equal(chunk.Batches.Count, chunk.Batches.Select(b => b.EntityId).Distinct().Count());
        var lines = new List<string>();
        foreach (var (id, batch) in chunk.Batches.OrderBy(b => b.EntityId, StringComparer.Ordinal))
        {
            var samples = (SampleBatch)batch;
            for (var i = 0; i < samples.Count; i++)
            {
                var at = samples.Start + i;
                var columns = samples.Columns;
                lines.Add(Text(id, samples.OffsetAt(i), columns.AppendTimes[at], columns.WatermarksBefore[at], columns.Times[at], samples.Values[i], samples.SeriesAt(i).ToString()));
            }
        }
        return lines;
    }

    private static string Text(string metric, long offset, long append, long watermark, long time, double value, string series) =>
        FormattableString.Invariant($"{metric} @{offset} a{append} w{watermark} t{time} {value:R} [{series}]");

    private sealed record Line(string Metric, long? TimeMs, double? Value, string? Tag)
    {
        public string Json => Value is not { } value
            ? "not a sample"
            : FormattableString.Invariant($"{{\"value\":{value:R}{(TimeMs is { } t ? $",\"ts\":{t}" : "")}{(Tag is null ? "" : $",\"tags\":{{\"host\":\"{Tag}\"}}")}}}");
    }

    private sealed record NumberedChunk(TopicChunk Chunk, IReadOnlyList<(long Offset, long Append, Line Line)> Lines);

    /// <param name="From">Where reading starts: may lie inside of a stored batch.</param>
    private sealed record World((Line[] Lines, long Append)[] Batches, int From, int BatchesPerChunk, int[] Rules, long AheadMsMax = FutureBound.Off)
    {
        public IEnumerable<NumberedChunk> Chunks()
        {
            var stored = new List<(StoredBatch Batch, Line[] Lines)>();
            foreach (var (lines, append) in Batches)
            {
                var writer = new RecordBatchWriter();
                foreach (var line in lines)
                    writer.Add(Encoding.UTF8.GetBytes(line.Metric), Encoding.UTF8.GetBytes(line.Json));
                stored.Add((new StoredBatch(stored.Count == 0 ? 0 : stored[^1].Batch.Next, lines.Length, append, writer.Written.ToArray()), lines));
            }
            long from = From;
            foreach (var part in stored.Where(s => s.Batch.Next > From).Chunk(BatchesPerChunk))
            {
                var chunk = new TopicChunk(from, [.. part.Select(s => s.Batch)]);
                yield return new NumberedChunk(chunk, [.. part.SelectMany(s => s.Lines.Select((l, i) => (s.Batch.FirstOffset + i, s.Batch.AppendTimeMs, l)))]);
                from = chunk.Next;
            }
        }
    }

    private sealed class PlainDecoder(long aheadMsMax)
    {
        private long? _greatest;
        private ReaderCounters _counters;

        public (List<string> Lines, ReaderCounters Counters, long MaxEventTime, List<long> Unreadable) Decode(NumberedChunk chunk, Func<string, bool> isRouted)
        {
            var lines = new List<(string Metric, string Text)>();
            var unreadable = new List<long>();
            foreach (var (offset, append, line) in chunk.Lines.Where(l => l.Offset >= chunk.Chunk.From))
            {
                if (line.Value is not { } value || line.TimeMs - append > aheadMsMax)
                {
                    unreadable.Add(offset);
                    _counters += new ReaderCounters(1, 0, 0, 1);
                    continue;
                }
                var time = line.TimeMs ?? append;
                var watermark = _greatest is { } g ? g - DelayMs : PartitionId.NoTime;
                _greatest = Math.Max(_greatest ?? time, time);
                _counters += isRouted(line.Metric) ? new ReaderCounters(1, 1, 0, 0) : new ReaderCounters(1, 0, 1, 0);
                if (isRouted(line.Metric))
                    lines.Add((line.Metric, Text(line.Metric, offset, append, watermark, time, value, line.Tag is null ? "" : $"host:{line.Tag}")));
            }
            return ([.. lines.OrderBy(l => l.Metric, StringComparer.Ordinal).Select(l => l.Text)], _counters, _greatest ?? PartitionId.NoTime, unreadable);
        }
    }
}
