using System.Runtime.Serialization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Serialization;
using CsCheck;
using Google.Protobuf;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

public sealed class EventBatchSpec
{
    private static readonly ActorStreamSerializer Serializer = new(null!);
    private static readonly PartitionId Partition = new("pipeline.sensors", "events", 1, 3);

    /// <summary>Offsets may leap, watermarks jump by centuries and events claim any time: the least compressible that can come.</summary>
    private static readonly Gen<(long Offset, long Time, long Watermark, double Value, string Key)[]> WildRows =
        Gen.Select(Gen.Long[1, 1L << 40], Gen.Long[-EventColumns.TimeMsMax, EventColumns.TimeMsMax], Gen.Long[0, 1L << 45], Gen.Double, Gen.Int[0, 60].Select(static k => $"{k:00}" + new string('é', 255))).Array[1, 60];

    [Fact]
    public void Events_take_no_more_bytes_than_their_batch_promised() => Gen.Select(WildRows, Gen.Int[0, 59], Gen.Bool, Gen.Bool).Sample(static (rows, start, hasHashes, wasIdle) =>
    {
        start %= rows.Length;
        var columns = Columns(rows, hasHashes, wasIdle ? -EventColumns.TimeMsMax : PartitionId.NoTime);
        var batch = new EventBatch(columns, start, rows.Length - start);

        var bytes = Serializer.ToBinary(ApplyOf(batch));

        var frame = Serializer.ToBinary(ApplyOf()).Length + 8;
        Assert.InRange(bytes.Length - frame, 0, batch.WireBytes);
    });

    [Fact]
    public void An_event_of_few_keys_takes_two_dozen_bytes_or_less()
    {
        var columns = Columns([.. Enumerable.Range(0, 1_000).Select(static i => (64L, 1_764_000_000_000 + (i * 37L), i % 10 == 0 ? 370L : 0L, i + 0.25, $"sensor-{i % 16}"))]);

        var bytes = Serializer.ToBinary(ApplyOf(new EventBatch(columns, 0, 1_000)));

        Assert.InRange(bytes.Length, 8_000, 16_000);
    }

    [Fact]
    public void Only_the_keys_that_occur_travel_and_each_once_whatever_chunks_the_batches_are_of()
    {
        var first = Columns([(1, 10, 0, 1, "a"), (1, 11, 0, 2, "b"), (1, 12, 0, 3, "c")]);
        var second = Columns([(100, 20, 0, 4, "d"), (1, 21, 0, 5, new string(['c'])), (1, 22, 0, 6, "b")]);

        var back = Sent(new EventBatch(first, 1, 2), new EventBatch(second, 1, 2));

        var batch = Assert.Single(back);
        Assert.Equal(["b", "c"], batch.Columns.Keys);
        Assert.Equal([0, 1, 1, 0], batch.Columns.KeyIndexes);
        Assert.Equal([2, 3, 5, 6], batch.Columns.Values);
        Assert.Equal([2, 3, 101, 102], batch.Columns.Offsets);
        Assert.Equal(1, batch.Columns.KeyBytesMax);
    }

    [Fact]
    public void An_idle_partitions_mark_stays_with_the_events_it_was_set_for()
    {
        var (row, later, last) = ((1L, 10L, 5L, 1.0, "a"), (10L, 10L, 5L, 1.0, "a"), (20L, 10L, 5L, 1.0, "a"));

        var back = Sent(new EventBatch(Columns([row]), 0, 1), new EventBatch(Columns([later], idleRaisedTo: 7), 0, 1), new EventBatch(Columns([last], idleRaisedTo: 7), 0, 1));

        Assert.Equal([(1, PartitionId.NoTime), (2, 7)], back.Select(static b => (b.Count, b.Columns.IdleRaisedTo)));
    }

    [Fact]
    public void Events_and_samples_in_one_Apply_are_refused()
    {
        var (events, samples) = (AnyWindows.Events(new Random(1), 0), new Anything(new Random(1)).A<Domain.Alarms.SampleBatch>());

        Assert.Throws<SerializationException>(() => Serializer.ToBinary(ApplyOf(events, samples)));
        Assert.Throws<SerializationException>(() => Serializer.ToBinary(ApplyOf(samples, events)));
    }

    [Fact]
    public void Columns_of_events_that_do_not_fit_each_other_are_refused()
    {
        Refused(static m => m.Events[0].Values.RemoveAt(0), "values");
        Refused(static m => m.Events[0].Times.Add(1), "times");
        Refused(static m => m.Events[0].WatermarksBefore.Clear(), "watermarks_before");
        Refused(static m => m.Events[0].DistinctHashes.RemoveAt(0), "distinct_hashes");
        Refused(static m => m.Events[0].Keys.RemoveAt(0), "keys");
        Refused(static m => m.Events[0].Keys[1] = 7, "Key 7 of 2");
        Refused(static m => m.Events[0].KeyNames.Clear(), "no key");
        Refused(static m => m.Events[0].Offsets[1] = 0, "rise");
        Refused(static m => m.Events[0].Offsets.Clear(), "none");
        Refused(static m => m.Events.Add(m.Events[0].Clone()), "rise");
        Refused(static m => m.Events.Clear(), "none");
    }

    private static void Refused(Action<ApplyMessage> change, string part)
    {
        var columns = Columns([(1, 1, 1, 5, "a"), (1, 1, 1, 5, "b"), (1, 1, 1, 5, "a")], hasHashes: true);
        var message = ApplyMessage.Parser.ParseFrom(Serializer.ToBinary(ApplyOf(new EventBatch(columns, 0, 3))));
        change(message);

        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "ap"));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static EventBatch[] Sent(params EntityBatch[] batches) =>
        [.. ((Apply)Serializer.FromBinary(Serializer.ToBinary(ApplyOf(batches)), "ap")).Batches.Cast<EventBatch>()];

    private static Apply ApplyOf(params EntityBatch[] batches) => new("sensors/7", Partition, 1, PartitionId.None, batches, null);

    /// <summary>Offsets and watermarks are given as steps.</summary>
    private static EventColumns Columns((long Offset, long Time, long Watermark, double Value, string Key)[] rows, bool hasHashes = false, long idleRaisedTo = PartitionId.NoTime)
    {
        string[] keys = [.. rows.Select(static r => r.Key).Distinct()];
        var (offset, watermark) = (0L, -EventColumns.TimeMsMax);
        return new EventColumns
        {
            Offsets = [.. rows.Select(r => offset += r.Offset)],
            Times = [.. rows.Select(static r => r.Time)],
            WatermarksBefore = [.. rows.Select(r => watermark += r.Watermark)],
            Values = [.. rows.Select(static r => r.Value)],
            KeyIndexes = [.. rows.Select(r => Array.IndexOf(keys, r.Key))],
            Keys = keys,
            KeyBytesMax = keys.Max(System.Text.Encoding.UTF8.GetByteCount),
            DistinctHashes = hasHashes ? [.. rows.Select(static (_, i) => ulong.MaxValue - (ulong)i)] : null,
            IdleRaisedTo = idleRaisedTo,
        };
    }
}
