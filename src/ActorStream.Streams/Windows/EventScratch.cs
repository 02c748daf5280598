using ActorStream.Domain.Windows;

namespace ActorStream.Streams.Windows;

/// <summary>A chunk's events in log order; reused from chunk to chunk, and placed by group at its end.</summary>
internal sealed class EventScratch(int groups, bool withHashes, long specVersion)
{
    private const int CapacityMin = 4_096;

    private readonly int[] _counts = new int[groups];
    private int[] _group = [];
    private int[] _key = [];
    private long[] _offset = [];
    private long[] _time = [];
    private long[] _watermark = [];
    private double[] _value = [];
    private ulong[] _hash = [];

    public int Count { get; private set; }

    public void Begin()
    {
        Count = 0;
        Array.Clear(_counts);
    }

    public void Add(int group, int key, long offset, long time, long watermark, double value, ulong hash)
    {
        var i = Count;
        if (i == _group.Length)
            Grow();
        _group[i] = group;
        _key[i] = key;
        _offset[i] = offset;
        _time[i] = time;
        _watermark[i] = watermark;
        _value[i] = value;
        if (withHashes)
            _hash[i] = hash;
        _counts[group]++;
        Count = i + 1;
    }

    /// <summary>Columns sorted by group, in offset order within it, and where each group ends.</summary>
    public (EventColumns Columns, int[] Ends) Place(IReadOnlyList<string> keys, int keyBytesMax, long idleRaisedTo)
    {
        var columns = new EventColumns
        {
            Offsets = GC.AllocateUninitializedArray<long>(Count),
            Times = GC.AllocateUninitializedArray<long>(Count),
            WatermarksBefore = GC.AllocateUninitializedArray<long>(Count),
            Values = GC.AllocateUninitializedArray<double>(Count),
            KeyIndexes = GC.AllocateUninitializedArray<int>(Count),
            Keys = keys,
            KeyBytesMax = keyBytesMax,
            DistinctHashes = withHashes ? GC.AllocateUninitializedArray<ulong>(Count) : null,
            IdleRaisedTo = idleRaisedTo,
            SpecVersion = specVersion,
        };
        var next = new int[groups];
        for (var group = 1; group < groups; group++)
            next[group] = next[group - 1] + _counts[group - 1];
        var (offsets, times, watermarks, values, indexes) = (columns.Offsets, columns.Times, columns.WatermarksBefore, columns.Values, columns.KeyIndexes);
        for (var i = 0; i < Count; i++)
        {
            var to = next[_group[i]]++;
            offsets[to] = _offset[i];
            times[to] = _time[i];
            watermarks[to] = _watermark[i];
            values[to] = _value[i];
            indexes[to] = _key[i];
            if (columns.DistinctHashes is { } hashes)
                hashes[to] = _hash[i];
        }
        // Every start has moved to its end.
        return (columns, next);
    }

    private void Grow()
    {
        var capacity = Math.Max(CapacityMin, 2 * _group.Length);
        Array.Resize(ref _group, capacity);
        Array.Resize(ref _key, capacity);
        Array.Resize(ref _offset, capacity);
        Array.Resize(ref _time, capacity);
        Array.Resize(ref _watermark, capacity);
        Array.Resize(ref _value, capacity);
        if (withHashes)
            Array.Resize(ref _hash, capacity);
    }
}
