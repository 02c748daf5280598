using System.IO.Hashing;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Windows;

/// <summary>Decodes a pipeline's source for its window groups: one batch per key group.</summary>
/// <remarks>
/// Hot path: a few arrays per chunk, nothing per record. Outline: read every record into columns in log order, with the watermark that stood before it
/// (protocol.md A5); count per group; place each record at its group's slot (a counting sort, stable, so offsets rise); slice.
/// </remarks>
public sealed class EventDecoder : ChunkDecoder
{
    /// <summary>A longer line is not read.</summary>
    public const int RecordBytesMax = 1 << 20;

    private readonly PipelineSpec _spec;
    private readonly EventJson _json;
    private readonly KeyInterner _keys;
    private readonly EventScratch _scratch;
    private long _chunks;
    private List<string> _names = [];
    private int _keyBytesMax;

    public EventDecoder(PartitionId partition, CommitRow row, PipelineSpec spec)
        : base(partition, row)
    {
        _spec = spec;
        _json = new EventJson(new EventMembers(spec.Fields.Key, spec.Fields.Time, spec.Fields.Value, spec.Fields.Distinct));
        _keys = new KeyInterner(spec.KeyGroups);
        _scratch = new EventScratch(spec.KeyGroups, withHashes: spec.Fields.Distinct is not null, spec.Version);
    }

    protected override IReadOnlyList<RoutedBatch> Group(TopicChunk chunk)
    {
        _keys.Trim();
        _chunks++;
        _names = [];
        _keyBytesMax = 0;
        _scratch.Begin();
        foreach (var batch in chunk.Batches)
            ReadBatch(new RecordCursor(batch, chunk.Columns), chunk.From);
        ReadLines(chunk.Lines.Span, chunk.From, chunk.LinesTimeMs);
        return Route();
    }

    private void ReadBatch(RecordCursor reader, long from)
    {
        while (reader.Next())
        {
            if (reader.Offset >= from)
                Read(reader.Offset, reader.AppendTimeMs, reader.Value);
        }
    }

    /// <summary>Blank lines are skipped.</summary>
    private void ReadLines(ReadOnlySpan<byte> lines, long from, long arrivedMs)
    {
        for (var at = 0; at < lines.Length;)
        {
            var rest = lines[at..];
            var length = rest.IndexOf((byte)'\n');
            var line = length < 0 ? rest : rest[..length];
            if (!line.Trim(" \t\r"u8).IsEmpty)
                Read(from + at, arrivedMs, line);
            at += line.Length + 1;
        }
    }

    private void Read(long offset, long arrivedMs, ReadOnlySpan<byte> record)
    {
        if (record.Length > RecordBytesMax)
        {
            Unreadable(offset, arrivedMs, "too-long", $"The record has {record.Length} bytes; an event has at most {RecordBytesMax}.", record[..RecordBytesMax]);
            return;
        }
        if (!_json.TryRead(record, out var parsed, out var why))
        {
            Unreadable(offset, arrivedMs, "unreadable", why.Sentence, record);
            return;
        }
        var time = parsed.TimeMs == PartitionId.NoTime ? arrivedMs : parsed.TimeMs;
        if (time - arrivedMs > _spec.Watermark.JumpMsMax)
        {
            Unreadable(offset, arrivedMs, "time-jump", $"The event time {time} lies {time - arrivedMs} ms after its arrival; at most {_spec.Watermark.JumpMsMax} (watermark.max_jump_ms), so that one wrong clock does not close everybody's windows.", record);
            return;
        }
        var watermark = MaxEventTime == PartitionId.NoTime ? PartitionId.NoTime : MaxEventTime - _spec.Watermark.DelayMs;
        MaxEventTime = Math.Max(MaxEventTime, time);
        Counters += new ReaderCounters(1, 1, 0, 0);
        var key = KeyOf(parsed.Key);
        _scratch.Add(key.Group, key.Index, offset, time, watermark, parsed.Value, _spec.Fields.Distinct is null ? 0 : XxHash3.HashToUInt64(parsed.Distinct));
    }

    private void Unreadable(long offset, long arrivedMs, string reason, string detail, ReadOnlySpan<byte> record)
    {
        Counters += new ReaderCounters(1, 0, 0, 1);
        Refuse(offset, arrivedMs, reason, detail, record);
    }

    /// <summary>Its place in this chunk's own table of keys: what travels to another node is only what the chunk holds.</summary>
    private KeyInterner.Entry KeyOf(ReadOnlySpan<byte> utf8)
    {
        var entry = _keys[_keys.IdOf(utf8)];
        if (entry.Chunk != _chunks)
        {
            (entry.Chunk, entry.Index) = (_chunks, _names.Count);
            _names.Add(entry.Name);
            _keyBytesMax = Math.Max(_keyBytesMax, entry.Utf8.Length);
        }
        return entry;
    }

    private RoutedBatch[] Route()
    {
        if (_scratch.Count == 0)
            return [];
        var (columns, ends) = _scratch.Place(_names, _keyBytesMax, RaisedTo == PartitionId.NoTime ? PartitionId.NoTime : RaisedTo - _spec.Watermark.DelayMs);
        var batches = new List<RoutedBatch>(ends.Length);
        for (int group = 0, start = 0; group < ends.Length; start = ends[group++])
        {
            if (ends[group] > start)
                batches.Add(new RoutedBatch(_spec.EntityId(group), new EventBatch(columns, start, ends[group] - start)));
        }
        // The machine tracks the oldest record of each entity; its ends are kept in order of what came first.
        batches.Sort(static (a, b) => a.Batch.FirstOffset.CompareTo(b.Batch.FirstOffset));
        return [.. batches];
    }
}
