using System.Runtime.Serialization;
using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Events of one key group as columns. Hot path between nodes: no object per event.</summary>
internal static class EventColumnsCodec
{
    /// <summary>Neighbouring batches that agree on idleness and version become one: those hold for a whole batch.</summary>
    public static IEnumerable<EventColumnsPart> Write(IReadOnlyList<EntityBatch> batches)
    {
        var run = new List<EventBatch>(batches.Count);
        foreach (var batch in batches)
        {
            var events = batch as EventBatch ?? throw new SerializationException($"An Apply holds one kind of batch; {batch.GetType().Name} stands among events.");
            if (run.Count > 0 && !AreAlike(run[0].Columns, events.Columns))
            {
                yield return WriteRun(run);
                run.Clear();
            }
            run.Add(events);
        }
        if (run.Count > 0)
            yield return WriteRun(run);
    }

    public static EntityBatch[] Read(RepeatedField<EventColumnsPart> parts)
    {
        if (parts.Count == 0)
            throw new SerializationException("A batch of events holds none.");
        var batches = new EntityBatch[parts.Count];
        for (var i = 0; i < batches.Length; i++)
        {
            batches[i] = Read(parts[i]);
            if (i > 0 && batches[i].FirstOffset <= batches[i - 1].LastOffset)
                throw new SerializationException($"Offset {batches[i].FirstOffset} follows {batches[i - 1].LastOffset}; the offsets of an Apply rise.");
        }
        return batches;
    }

    private static bool AreAlike(EventColumns a, EventColumns b) =>
        a.IdleRaisedTo == b.IdleRaisedTo && a.SpecVersion == b.SpecVersion && (a.DistinctHashes is null) == (b.DistinctHashes is null);

    private static EventColumnsPart WriteRun(List<EventBatch> run)
    {
        var columns = run[0].Columns;
        var part = new EventColumnsPart { SpecVersion = columns.SpecVersion };
        if (columns.IdleRaisedTo != PartitionId.NoTime)
            part.IdleRaisedTo = columns.IdleRaisedTo;
        var count = run.Sum(static b => b.Count);
        part.Offsets.Capacity = part.Times.Capacity = part.WatermarksBefore.Capacity = part.Values.Capacity = part.Keys.Capacity = count;
        if (columns.DistinctHashes is not null)
            part.DistinctHashes.Capacity = count;
        var last = default(Row);
        var names = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var batch in run)
        {
            WriteNumbers(part, batch, ref last);
            WriteKeys(part, batch, names);
        }
        if (names.Count == 1)
            part.Keys.Clear();
        return part;
    }

    private static void WriteNumbers(EventColumnsPart part, EventBatch batch, ref Row last)
    {
        var (columns, end) = (batch.Columns, batch.Start + batch.Count);
        for (var i = batch.Start; i < end; i++)
        {
            var row = new Row(columns.Offsets[i], columns.Times[i], columns.WatermarksBefore[i]);
            part.Offsets.Add(unchecked(row.Offset - last.Offset));
            part.Times.Add(unchecked(row.Time - last.Time));
            part.WatermarksBefore.Add(unchecked(row.WatermarkBefore - last.WatermarkBefore));
            part.Values.Add(columns.Values[i]);
            last = row;
        }
        if (columns.DistinctHashes is not { } hashes)
            return;
        for (var i = batch.Start; i < end; i++)
            part.DistinctHashes.Add(hashes[i]);
    }

    /// <summary>Only the keys that occur travel, each once whatever chunks the batches are of: a group looks up what a batch names under several indexes as several keys.</summary>
    private static void WriteKeys(EventColumnsPart part, EventBatch batch, Dictionary<string, uint> names)
    {
        var (columns, end) = (batch.Columns, batch.Start + batch.Count);
        var known = new Dictionary<int, uint>();
        for (var i = batch.Start; i < end; i++)
        {
            var key = columns.KeyIndexes[i];
            if (!known.TryGetValue(key, out var index))
            {
                if (!names.TryGetValue(columns.Keys[key], out index))
                {
                    names.Add(columns.Keys[key], index = (uint)names.Count);
                    part.KeyNames.Add(columns.Keys[key]);
                }
                known.Add(key, index);
            }
            part.Keys.Add(index);
        }
    }

    private static EventBatch Read(EventColumnsPart part)
    {
        var count = part.Offsets.Count;
        if (count == 0)
            throw new SerializationException("A batch of events holds none.");
        var offsets = Columns.FromDifferences(part.Offsets, count, "offsets");
        Columns.RequireRising(offsets);
        var columns = new EventColumns
        {
            Offsets = offsets,
            Times = Columns.FromDifferences(part.Times, count, "times"),
            WatermarksBefore = Columns.FromDifferences(part.WatermarksBefore, count, "watermarks_before"),
            Values = Columns.ToArray(part.Values, count, "values"),
            KeyIndexes = ReadKeys(part, count),
            Keys = part.KeyNames.ToArray(),
            KeyBytesMax = part.KeyNames.Max(Encoding.UTF8.GetByteCount),
            DistinctHashes = part.DistinctHashes.Count == 0 ? null : Columns.ToArray(part.DistinctHashes, count, "distinct_hashes"),
            IdleRaisedTo = part.HasIdleRaisedTo ? part.IdleRaisedTo : PartitionId.NoTime,
            SpecVersion = part.SpecVersion,
        };
        return new EventBatch(columns, 0, count);
    }

    private static int[] ReadKeys(EventColumnsPart part, int count)
    {
        if (part.KeyNames.Count == 0)
            throw new SerializationException($"{count} events have no key.");
        var keys = new int[count];
        if (part.Keys.Count == 0)
            return keys;
        Columns.RequireCount(part.Keys.Count, count, "keys");
        for (var i = 0; i < count; i++)
        {
            var index = part.Keys[i];
            if (index >= part.KeyNames.Count)
                throw new SerializationException($"Key {index} of {part.KeyNames.Count} is not among those sent.");
            keys[i] = (int)index;
        }
        return keys;
    }

    private readonly record struct Row(long Offset, long Time, long WatermarkBefore);
}
