using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

internal enum SampleKind
{
    /// <summary>Goes to the entity of its metric.</summary>
    Sample,

    /// <summary>Makes the entity's logic throw.</summary>
    Poison,

    /// <summary>Its metric has no rule.</summary>
    Unrouted,

    /// <summary>Cannot be decoded.</summary>
    Unreadable,
}

/// <param name="AppendTimeMs">Never falls within a partition.</param>
/// <param name="VisibleAt">Step from which it can be read, if all before it can; a reader that took a later one first would lose it.</param>
internal readonly record struct SourceRecord(long Offset, long AppendTimeMs, long VisibleAt, SampleKind Kind, int Metric, double Value);

/// <summary>A partition of the source topic. Its log is made before the world starts and becomes visible with time.</summary>
internal sealed class SourcePartition(AlarmWorld world, PartitionId id, long start) : SimPartition(world, id, start)
{
    private readonly List<SourceRecord> _records = [];

    public IReadOnlyList<SourceRecord> Records => _records;

    public override long End => _records.Count == 0 ? Start : _records[^1].Offset + 1;

    public override ReaderBounds Bounds => World.Settings.Samples;

    public override IReadOnlyList<string> FixedGroups => [];

    public override PartitionOwner NewOwner(int node) => new MetricReader(world, this, node);

    public void Add(SourceRecord record)
    {
        _records.Add(record);
        if (record.Kind is SampleKind.Sample or SampleKind.Poison)
            Route(SimRules.MetricName(record.Metric), record.Offset);
    }

    /// <summary>Everything before this time is visible: what was appended earlier waited no longer than that.</summary>
    public long HeadTimeMs => World.NowMs - ((long)World.VisibleDelayMax * World.MsPerStep);

    public bool IsAtHead(long next)
    {
        var index = FirstAt(next);
        return index == _records.Count || _records[index].VisibleAt > World.Now;
    }

    public override DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters)
    {
        var index = FirstAt(from);
        var chunk = new List<SourceRecord>();
        for (; index < _records.Count && chunk.Count < recordsMax; index++)
        {
            if (_records[index].VisibleAt <= World.Now)
                chunk.Add(_records[index]);
            else if (!World.VisibleOutOfOrder)
                break;
        }
        return chunk.Count == 0 ? null : Decode(chunk, maxEventTime, counters);
    }

    private DecodedChunk Decode(List<SourceRecord> chunk, long maxEventTime, ReaderCounters counters)
    {
        var routed = new List<SourceRecord>(chunk.Count);
        foreach (var record in chunk)
        {
            var isRouted = record.Kind is SampleKind.Sample or SampleKind.Poison;
            counters += new ReaderCounters(1, isRouted ? 1 : 0, record.Kind == SampleKind.Unrouted ? 1 : 0, record.Kind == SampleKind.Unreadable ? 1 : 0);
            maxEventTime = Math.Max(maxEventTime, record.AppendTimeMs);
            if (isRouted)
                routed.Add(record);
        }
        return new DecodedChunk(chunk[^1].Offset + 1, maxEventTime, counters, chunk.Count, Batches(routed));
    }

    private static List<RoutedBatch> Batches(List<SourceRecord> routed)
    {
        routed.Sort(static (a, b) => a.Metric != b.Metric ? a.Metric.CompareTo(b.Metric) : a.Offset.CompareTo(b.Offset));
        var columns = new SampleColumns
        {
            Offsets = new long[routed.Count], AppendTimes = new long[routed.Count], WatermarksBefore = new long[routed.Count],
            Times = new long[routed.Count], Values = new double[routed.Count], SeriesKeys = [],
        };
        var batches = new List<RoutedBatch>();
        for (int i = 0, first = 0; i < routed.Count; i++)
        {
            var record = routed[i];
            columns.Offsets[i] = record.Offset;
            columns.Times[i] = columns.AppendTimes[i] = record.AppendTimeMs;
            columns.WatermarksBefore[i] = PartitionId.NoTime;
            columns.Values[i] = record.Kind == SampleKind.Poison ? double.NaN : record.Value;
            if (i + 1 < routed.Count && routed[i + 1].Metric == record.Metric)
                continue;
            batches.Add(new RoutedBatch(SimRules.MetricName(record.Metric), new SampleBatch(columns, first, i + 1 - first)));
            first = i + 1;
        }
        batches.Sort(static (a, b) => a.Batch.FirstOffset.CompareTo(b.Batch.FirstOffset));
        return batches;
    }

    private int FirstAt(long offset)
    {
        int low = 0, high = _records.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_records[middle].Offset < offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
