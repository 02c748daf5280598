using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Samples of one entity as columns. Hot path between nodes: five tight loops out, five in, no object per sample.</summary>
internal static class SampleColumnsCodec
{
    /// <summary>The batches become one.</summary>
    public static SampleColumnsPart Write(IReadOnlyList<EntityBatch> batches)
    {
        var part = new SampleColumnsPart();
        var count = batches.Sum(static b => b.Count);
        part.Offsets.Capacity = part.AppendTimes.Capacity = part.WatermarksBefore.Capacity = part.Values.Capacity = count;
        var last = default(Row);
        foreach (var batch in batches)
        {
            var samples = batch as SampleBatch ?? throw new SerializationException($"An Apply holds one kind of batch; {batch.GetType().Name} stands among samples.");
            WriteNumbers(part, samples, ref last);
        }
        WriteTimes(part, batches, count);
        WriteSeries(part, batches, count);
        return part;
    }

    public static SampleBatch Read(SampleColumnsPart? part)
    {
        if (part is null || part.Offsets.Count == 0)
            throw new SerializationException("A batch of samples holds none.");
        var count = part.Offsets.Count;
        var offsets = Columns.FromDifferences(part.Offsets, count, "offsets");
        Columns.RequireRising(offsets);
        Columns.RequireCount(part.Values.Count, count, "values");
        var values = new double[count];
        part.Values.CopyTo(values, 0);
        var appendTimes = Columns.FromDifferences(part.AppendTimes, count, "append_times");
        var columns = new SampleColumns
        {
            Offsets = offsets,
            AppendTimes = appendTimes,
            WatermarksBefore = Columns.FromDifferences(part.WatermarksBefore, count, "watermarks_before"),
            Times = ReadTimes(part, appendTimes),
            Values = values,
            Series = ReadSeries(part, count),
            SeriesKeys = part.SeriesKeys.Count == 0 ? [] : part.SeriesKeys.Select(static s => Series.Read(s.Tags)).ToArray(),
        };
        return new SampleBatch(columns, 0, count);
    }

    private static void WriteNumbers(SampleColumnsPart part, SampleBatch batch, ref Row last)
    {
        var (columns, end) = (batch.Columns, batch.Start + batch.Count);
        for (var i = batch.Start; i < end; i++)
        {
            var row = new Row(columns.Offsets[i], columns.AppendTimes[i], columns.WatermarksBefore[i]);
            part.Offsets.Add(unchecked(row.Offset - last.Offset));
            part.AppendTimes.Add(unchecked(row.AppendTime - last.AppendTime));
            part.WatermarksBefore.Add(unchecked(row.WatermarkBefore - last.WatermarkBefore));
            part.Values.Add(columns.Values[i]);
            last = row;
        }
    }

    private static void WriteTimes(SampleColumnsPart part, IReadOnlyList<EntityBatch> batches, int count)
    {
        if (!batches.Any(static b => HasOwnTimes((SampleBatch)b)))
            return;
        part.Times.Capacity = count;
        foreach (SampleBatch batch in batches)
        {
            var (columns, end) = (batch.Columns, batch.Start + batch.Count);
            for (var i = batch.Start; i < end; i++)
                part.Times.Add(unchecked(columns.Times[i] - columns.AppendTimes[i]));
        }
    }

    private static bool HasOwnTimes(SampleBatch batch) =>
        !batch.Columns.Times.AsSpan(batch.Start, batch.Count).SequenceEqual(batch.Columns.AppendTimes.AsSpan(batch.Start, batch.Count));

    private static long[] ReadTimes(SampleColumnsPart part, long[] appendTimes)
    {
        if (part.Times.Count == 0)
            return appendTimes;
        Columns.RequireCount(part.Times.Count, appendTimes.Length, "times");
        var times = new long[appendTimes.Length];
        part.Times.CopyTo(times, 0);
        for (var i = 0; i < times.Length; i++)
            times[i] = unchecked(times[i] + appendTimes[i]);
        return times;
    }

    /// <summary>Only the series that occur travel: a chunk's table may hold a hundred thousand.</summary>
    private static void WriteSeries(SampleColumnsPart part, IReadOnlyList<EntityBatch> batches, int count)
    {
        if (batches.All(static b => ((SampleBatch)b).Columns.Series is null))
            return;
        // By reference: keys are interned where they are decoded, and a key that stands twice costs bytes only.
        var known = new Dictionary<SeriesKey, uint>(ReferenceEqualityComparer.Instance);
        part.Series.Capacity = count;
        foreach (SampleBatch batch in batches)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var key = batch.SeriesAt(i);
                if (!known.TryGetValue(key, out var index))
                {
                    known.Add(key, index = (uint)known.Count);
                    var series = new SeriesPart();
                    Series.Write(key, series.Tags);
                    part.SeriesKeys.Add(series);
                }
                part.Series.Add(index);
            }
        }
    }

    private static int[]? ReadSeries(SampleColumnsPart part, int count)
    {
        if (part.Series.Count == 0)
            return null;
        Columns.RequireCount(part.Series.Count, count, "series");
        var series = new int[count];
        for (var i = 0; i < count; i++)
        {
            var index = part.Series[i];
            if (index >= part.SeriesKeys.Count)
                throw new SerializationException($"Series {index} of {part.SeriesKeys.Count} is not among those sent.");
            series[i] = (int)index;
        }
        return series;
    }

    private readonly record struct Row(long Offset, long AppendTime, long WatermarkBefore);
}
