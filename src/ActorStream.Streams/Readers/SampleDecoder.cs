using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Readers;

/// <summary>Decodes the <c>metrics</c> topic for alarm entities: one batch per metric that has a rule.</summary>
/// <remarks>
/// Hot path: a few arrays per chunk, nothing per record. Outline: read every record into columns in log order, remember its metric;
/// count per metric; place each record at its metric's slot (a counting sort, stable, so offsets rise); slice.
/// </remarks>
public sealed class SampleDecoder : ChunkDecoder
{
    private const int NamesMax = 200_000;
    private const int RoutedMin = 16;

    private readonly IRulesView _rules;
    private readonly long _delayMs;
    private readonly long _aheadMsMax;
    private readonly SampleJson _json = new(new SeriesInterner());
    private readonly Dictionary<string, int> _metricIds = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _names = [];
    private readonly List<int> _counts = [];
    private readonly Scratch _scratch = new();
    private RuleBook _book = RuleBook.Empty;

    /// <summary>By number of the metric; never empty, since it grows by doubling.</summary>
    private bool[] _routed = new bool[RoutedMin];

    /// <param name="aheadMsMax">How far a sample's time may lie ahead of its append time, as <see cref="FutureBound"/> has it; beyond, it is a dead letter and moves no time.</param>
    public SampleDecoder(PartitionId partition, CommitRow row, IRulesView rules, long watermarkDelayMs, long aheadMsMax = FutureBound.Off)
        : base(partition, row)
    {
        _rules = rules;
        _delayMs = watermarkDelayMs;
        _aheadMsMax = aheadMsMax;
        _lookup = _metricIds.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    protected override IReadOnlyList<RoutedBatch> Group(TopicChunk chunk)
    {
        TakeRules();
        _scratch.Begin(chunk.Batches.Sum(b => b.Count));
        foreach (var batch in chunk.Batches)
            ReadBatch(new RecordCursor(batch, chunk.Columns), chunk.From);
        return Sort();
    }

    /// <summary>One view of the rules per chunk decides what is routed.</summary>
    private void TakeRules()
    {
        var book = _rules.Current;
        if (_names.Count > NamesMax)
        {
            _names.Clear();
            _counts.Clear();
            _metricIds.Clear();
        }
        if (ReferenceEquals(book, _book) && _routed.Length >= _names.Count)
            return;
        _book = book;
        _routed = new bool[Math.Max(RoutedMin, 2 * _names.Count)];
        for (var id = 0; id < _names.Count; id++)
            _routed[id] = IsRouted(_names[id]);
    }

    private bool IsRouted(string metric) => _book.For(metric) is not null;

    private void ReadBatch(RecordCursor reader, long from)
    {
        long records = 0, routed = 0, unreadable = 0;
        while (reader.Next())
        {
            var (offset, appendTimeMs) = (reader.Offset, reader.AppendTimeMs);
            if (offset < from)
                continue;
            records++;
            if (!_json.TryRead(reader.Value, out var sample, out var why))
            {
                unreadable++;
                Refuse(offset, appendTimeMs, "unreadable", why.Sentence, reader.Value);
                continue;
            }
            var time = sample.HasTime ? sample.TimeMs : appendTimeMs;
            if (time - appendTimeMs > _aheadMsMax)
            {
                unreadable++;
                Refuse(offset, appendTimeMs, "too-far-in-future", FutureBound.Sentence(time, appendTimeMs, "the time it was appended", _aheadMsMax), reader.Value);
                continue;
            }
            var watermark = MaxEventTime == PartitionId.NoTime ? PartitionId.NoTime : MaxEventTime - _delayMs;
            MaxEventTime = Math.Max(MaxEventTime, time);
            var metric = MetricOf(reader.Key);
            if (metric < 0)
                continue;
            routed++;
            _counts[metric]++;
            _scratch.Add(metric, offset, appendTimeMs, watermark, time, sample.Value, sample.Series);
        }
        Counters += new ReaderCounters(records, routed, records - routed - unreadable, unreadable);
    }

    /// <summary>The metric's number in this decoder, or -1 when no rule wants it.</summary>
    private int MetricOf(ReadOnlySpan<byte> key)
    {
        Span<char> chars = stackalloc char[256];
        if (key.Length > chars.Length)
            return -1;
        var name = chars[..Encoding.UTF8.GetChars(key, chars)];
        if (!_lookup.TryGetValue(name, out var id))
        {
            id = _names.Count;
            var text = name.ToString();
            _metricIds.Add(text, id);
            _names.Add(text);
            _counts.Add(0);
            if (id >= _routed.Length)
                Array.Resize(ref _routed, 2 * _routed.Length);
            _routed[id] = IsRouted(text);
        }
        return _routed[id] ? id : -1;
    }

    private RoutedBatch[] Sort()
    {
        if (_scratch.Count == 0)
            return [];
        var starts = new int[_names.Count];
        var at = 0;
        var metrics = 0;
        for (var id = 0; id < starts.Length; id++)
        {
            starts[id] = at;
            at += _counts[id];
            metrics += _counts[id] > 0 ? 1 : 0;
        }
        var columns = _scratch.Place(starts);
        var batches = new RoutedBatch[metrics];
        for (int id = 0, i = 0; id < starts.Length; id++)
        {
            if (_counts[id] == 0)
                continue;
            // Place() has moved every start to its end.
            batches[i++] = new RoutedBatch(_names[id], new SampleBatch(columns, starts[id] - _counts[id], _counts[id]));
            _counts[id] = 0;
        }
        return batches;
    }

    /// <summary>A chunk's samples in log order; reused from chunk to chunk.</summary>
    private sealed class Scratch
    {
        private readonly Dictionary<SeriesKey, int> _seriesIds = [];
        private List<SeriesKey> _series = [];
        private int[] _metric = [];
        private int[] _seriesOf = [];
        private long[] _offset = [];
        private long[] _append = [];
        private long[] _watermark = [];
        private long[] _time = [];
        private double[] _value = [];
        private bool _tagged;

        public int Count { get; private set; }

        public void Begin(int capacity)
        {
            Count = 0;
            _tagged = false;
            _seriesIds.Clear();
            _series = [SeriesKey.Empty];
            if (_metric.Length >= capacity)
                return;
            _metric = new int[capacity];
            _seriesOf = new int[capacity];
            _offset = new long[capacity];
            _append = new long[capacity];
            _watermark = new long[capacity];
            _time = new long[capacity];
            _value = new double[capacity];
        }

        public void Add(int metric, long offset, long append, long watermark, long time, double value, SeriesKey series)
        {
            var i = Count++;
            _metric[i] = metric;
            _offset[i] = offset;
            _append[i] = append;
            _watermark[i] = watermark;
            _time[i] = time;
            _value[i] = value;
            _seriesOf[i] = ReferenceEquals(series, SeriesKey.Empty) ? 0 : IdOf(series);
        }

        public SampleColumns Place(int[] starts)
        {
            var columns = new SampleColumns
            {
                Offsets = GC.AllocateUninitializedArray<long>(Count),
                AppendTimes = GC.AllocateUninitializedArray<long>(Count),
                WatermarksBefore = GC.AllocateUninitializedArray<long>(Count),
                Times = GC.AllocateUninitializedArray<long>(Count),
                Values = GC.AllocateUninitializedArray<double>(Count),
                Series = _tagged ? new int[Count] : null,
                SeriesKeys = _series,
            };
            for (var i = 0; i < Count; i++)
            {
                var to = starts[_metric[i]]++;
                columns.Offsets[to] = _offset[i];
                columns.AppendTimes[to] = _append[i];
                columns.WatermarksBefore[to] = _watermark[i];
                columns.Times[to] = _time[i];
                columns.Values[to] = _value[i];
                if (columns.Series is { } series)
                    series[to] = _seriesOf[i];
            }
            return columns;
        }

        private int IdOf(SeriesKey series)
        {
            _tagged = true;
            if (!_seriesIds.TryGetValue(series, out var id))
            {
                _seriesIds.Add(series, id = _series.Count);
                _series.Add(series);
            }
            return id;
        }
    }
}
