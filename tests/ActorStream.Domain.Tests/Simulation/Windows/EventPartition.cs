using System.Globalization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A partition of the source of events. Beside the log it keeps, for the checks, what every record was judged by and every raise.</summary>
/// <param name="index">Among all sources of the world.</param>
internal sealed class EventPartition(WindowWorld world, int index, PartitionId id, long start) : SimPartition(world, id, start)
{
    private static readonly Comparer<EventRecord> s_byOffset = Comparer<EventRecord>.Create(static (a, b) => a.Offset.CompareTo(b.Offset));

    private readonly List<EventRecord> _records = [];
    private readonly Dictionary<(long Offset, long Epoch), long> _watermarks = [];

    public int Index => index;

    public IReadOnlyList<EventRecord> Records => _records;

    public List<Raise> Raises { get; } = [];

    /// <summary>By offset and epoch of the reader, the watermark before the record as that reader said it.</summary>
    public IReadOnlyDictionary<(long Offset, long Epoch), long> Watermarks => _watermarks;

    public override long End => _records.Count == 0 ? Start : _records[^1].Offset + 1;

    /// <summary>The next offset that the log would give now, and whether it has given all it will ever hold.</summary>
    public (long Head, bool HasEnded) Head
    {
        get
        {
            var seen = 0;
            while (seen < _records.Count && _records[seen].VisibleAt <= world.Now)
                seen++;
            return (seen == 0 ? Start : _records[seen - 1].Offset + 1, world.Windows.IsBounded && seen == _records.Count);
        }
    }

    public EventRecord At(long offset) => _records[_records.BinarySearch(default(EventRecord) with { Offset = offset }, s_byOffset)];

    public override ReaderBounds Bounds => world.Settings.Samples;

    public override IReadOnlyList<string> FixedGroups => world.FixedGroups;

    public static string KeyOf(EventRecord record) => record.Key.ToString(CultureInfo.InvariantCulture);

    public override PartitionOwner NewOwner(int node) => new EventReader(world, this, node);

    public void Add(EventRecord record)
    {
        _records.Add(record);
        if (record.Kind != EventKind.Unreadable)
            Route(world.GroupOf(record.Key), record.Offset);
    }

    /// <summary>What a reader sends is what it judges its records by.</summary>
    public void Sent(Apply apply)
    {
        foreach (var batch in apply.Batches.Cast<EventBatch>())
        {
            for (var i = 0; i < batch.Count; i++)
                _watermarks[(batch.OffsetAt(i), apply.Epoch)] = batch.Columns.WatermarksBefore[batch.Start + i];
        }
    }

    public override DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters) => Read(from, recordsMax, maxEventTime, counters, 0);

    /// <param name="version">Change of the pipeline that its reader runs.</param>
    public DecodedChunk? Read(long from, int recordsMax, long maxEventTime, ReaderCounters counters, long version)
    {
        var chunk = new List<EventRecord>();
        foreach (var record in _records)
        {
            if (record.Offset < from)
                continue;
            if (record.VisibleAt <= world.Now)
                chunk.Add(record);
            else if (!world.VisibleOutOfOrder)
                break;
            if (chunk.Count == recordsMax)
                break;
        }
        return chunk.Count == 0 ? null : Decode(chunk, maxEventTime, counters, version);
    }

    private DecodedChunk Decode(List<EventRecord> chunk, long maxEventTime, ReaderCounters counters, long version)
    {
        var routed = new List<(EventRecord Record, long Watermark)>(chunk.Count);
        foreach (var record in chunk)
        {
            var isReadable = record.Kind != EventKind.Unreadable;
            counters += new ReaderCounters(1, isReadable ? 1 : 0, 0, isReadable ? 0 : 1);
            if (!isReadable)
                continue;
            routed.Add((record, world.WatermarkOf(maxEventTime)));
            maxEventTime = Math.Max(maxEventTime, record.TimeMs);
        }
        if (world.Planted.LatenessByChunk)
            routed = [.. routed.Select(r => (r.Record, world.WatermarkOf(maxEventTime)))];
        return new DecodedChunk(chunk[^1].Offset + 1, maxEventTime, counters, chunk.Count, [.. Batches(routed, version)]);
    }

    private IEnumerable<RoutedBatch> Batches(List<(EventRecord Record, long Watermark)> routed, long version) => routed
        .GroupBy(r => world.GroupOf(r.Record.Key))
        .OrderBy(g => g.First().Record.Offset)
        .Select(g => new RoutedBatch(g.Key, BatchOf([.. g], version)));

    private static EventBatch BatchOf((EventRecord Record, long Watermark)[] events, long version)
    {
        var keys = events.Select(e => KeyOf(e.Record)).Distinct().ToList();
        return new EventBatch(
            new EventColumns
            {
                Offsets = [.. events.Select(e => e.Record.Offset)],
                Times = [.. events.Select(e => e.Record.TimeMs)],
                WatermarksBefore = [.. events.Select(e => e.Watermark)],
                Values = [.. events.Select(e => e.Record.Kind == EventKind.Poison ? double.NaN : e.Record.Value)],
                KeyIndexes = [.. events.Select(e => keys.IndexOf(KeyOf(e.Record)))],
                Keys = keys,
                KeyBytesMax = 1,
                SpecVersion = version,
            },
            0,
            events.Length);
    }
}
