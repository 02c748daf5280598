using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Serialization;
using CsCheck;
using Google.Protobuf;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

public sealed class ApplySpec
{
    private const long NowMs = 1_764_000_000_000;

    private static readonly ActorStreamSerializer Serializer = new(null!);
    private static readonly PartitionId Partition = new("alarms", "metrics", 1, 3);

    /// <summary>Offsets may leap, clocks jump by years and samples carry any time: the least compressible that can come.</summary>
    private static readonly Gen<SampleColumns> WildColumns =
        Gen.Select(Gen.Long[1, 1L << 40], Gen.Long[0, 1L << 36], Gen.Long[0, 1L << 40], Gen.Long[-62_135_596_800_000, 253_402_300_799_999], Gen.Double)
            .Array[1, 50].Select(static rows => Columns(rows));

    [Fact]
    public void An_Apply_takes_no_more_bytes_than_its_batches_promised() => Gen.Select(WildColumns, Gen.Int[0, 49], Gen.Bool).Sample(static (columns, start, hasTags) =>
    {
        start %= columns.Offsets.Length;
        var tagged = hasTags ? WithTags(columns) : columns;
        var batch = new SampleBatch(tagged, start, columns.Offsets.Length - start);

        var bytes = Serializer.ToBinary(ApplyOf(batch));

        var frame = Serializer.ToBinary(ApplyOf()).Length + 8;
        Assert.InRange(bytes.Length - frame, 0, batch.WireBytes);
    });

    [Fact]
    public void A_plain_sample_takes_a_dozen_bytes_or_less()
    {
        var rows = Enumerable.Range(0, 1_000).Select(static i => (Offset: 3L, Append: i % 100 == 0 ? 40L : 0L, Watermark: 0L, Time: 0L, Value: i + 0.5)).ToArray();
        var columns = Columns(rows);
        var plain = new SampleColumns
        {
            Offsets = columns.Offsets,
            AppendTimes = columns.AppendTimes,
            WatermarksBefore = columns.WatermarksBefore,
            Times = columns.AppendTimes,
            Values = columns.Values,
            SeriesKeys = [],
        };

        var bytes = Serializer.ToBinary(ApplyOf(new SampleBatch(plain, 0, 1_000)));

        Assert.InRange(bytes.Length, 8_000, 12_000);
    }

    [Fact]
    public void An_alarm_with_everything_at_its_bound_fits_what_its_batch_promised()
    {
        KeyValuePair<string, string>[] tags = [.. Enumerable.Range(0, 32).Select(static i => new KeyValuePair<string, string>($"{i:00}" + new string('n', 10), new string('v', 12)))];
        var alarm = new Anything(new Random(1)).A<AlarmRecord>() with
        {
            Metric = new string('m', 200),
            Series = new SeriesKey(tags),
            ThresholdText = new string('1', 100),
            WebhookUrl = new string('w', 2_048),
            Cause = new AppliedOffset(Partition, long.MaxValue),
            TimeMs = long.MinValue,
            AppendTimeMs = long.MinValue,
            RulePosition = long.MinValue,
        };
        var batch = new AlarmBatch([long.MaxValue], [alarm]);

        var bytes = Serializer.ToBinary(ApplyOf(batch));

        Assert.InRange(bytes.Length, 3_000, batch.WireBytes);
    }

    [Fact]
    public void Only_the_series_that_occur_travel()
    {
        var keys = Enumerable.Range(0, 100).Select(static i => new SeriesKey([new("i", $"{i}")])).ToArray();
        var columns = Columns([.. Enumerable.Repeat((1L, 0L, 0L, 0L, 1.0), 10)]);
        var tagged = WithTags(columns, keys, [5, 5, 7, 7, 7, 5, 90, 5, 5, 5]);

        var back = (Apply)Serializer.FromBinary(Serializer.ToBinary(ApplyOf(new SampleBatch(tagged, 2, 4))), "ap");

        var batch = Assert.IsType<SampleBatch>(Assert.Single(back.Batches));
        Assert.Equal(2, batch.Columns.SeriesKeys.Count);
        Assert.Equal([keys[7], keys[7], keys[7], keys[5]], Enumerable.Range(0, 4).Select(batch.SeriesAt));
    }

    [Fact]
    public void Several_batches_become_one_with_every_row_in_place()
    {
        var columns = Columns([.. Enumerable.Range(1, 12).Select(static i => (1L + i, 5L, 2L, -7L * i, i / 3.0))]);
        var apply = ApplyOf(new SampleBatch(columns, 0, 3), new SampleBatch(columns, 5, 4));

        var back = (Apply)Serializer.FromBinary(Serializer.ToBinary(apply), "ap");

        Assert.Single(back.Batches);
        Assert.Equal(Described.Of(apply), Described.Of(back));
    }

    [Fact]
    public void An_Apply_without_batches_and_a_tick_of_nothing_stay_what_they_are()
    {
        var back = (Apply)Serializer.FromBinary(Serializer.ToBinary(ApplyOf() with { Tick = Tick.Nothing }), "ap");

        Assert.Empty(back.Batches);
        Assert.Equal(Tick.Nothing, back.Tick);
        Assert.Equal(Tick.OfTime(500), ((Apply)Serializer.FromBinary(Serializer.ToBinary(ApplyOf() with { Tick = Tick.OfTime(500) }), "ap")).Tick);
        Assert.Null(((Apply)Serializer.FromBinary(Serializer.ToBinary(ApplyOf()), "ap")).Tick);
    }

    [Fact]
    public void Samples_and_alarms_in_one_Apply_are_refused()
    {
        var any = new Anything(new Random(3));

        Assert.Throws<SerializationException>(() => Serializer.ToBinary(ApplyOf(any.A<SampleBatch>(), any.A<AlarmBatch>())));
        Assert.Throws<SerializationException>(() => Serializer.ToBinary(ApplyOf(any.A<AlarmBatch>(), any.A<SampleBatch>())));
    }

    [Fact]
    public void A_kind_of_batch_from_a_newer_version_is_refused_instead_of_lost() =>
        Refused(static m => m.Kind = (BatchKind)9, "kind 9");

    [Fact]
    public void Columns_that_do_not_fit_each_other_are_refused()
    {
        Refused(static m => m.Samples.Values.RemoveAt(0), "values");
        Refused(static m => m.Samples.AppendTimes.Add(1), "append_times");
        Refused(static m => m.Samples.WatermarksBefore.Clear(), "watermarks_before");
        Refused(static m => m.Samples.Times.RemoveAt(0), "times");
        Refused(static m => m.Samples.Series.Add(0), "series");
        Refused(static m => m.Samples.Series.Add([7, 7, 7]), "Series 7");
        Refused(static m => m.Samples.Offsets[1] = 0, "rise");
        Refused(static m => m.Samples.Offsets.Clear(), "none");
        Refused(static m => m.Samples = null, "none");
        Refused(static m => m.Partition = null, "partition");
    }

    private static void Refused(Action<ApplyMessage> change, string part)
    {
        var columns = Columns([(1, 1, 1, 5, 1), (1, 1, 1, 5, 1), (1, 1, 1, 5, 1)]);
        var message = ApplyMessage.Parser.ParseFrom(Serializer.ToBinary(ApplyOf(new SampleBatch(columns, 0, 3))));
        change(message);

        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), "ap"));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static Apply ApplyOf(params EntityBatch[] batches) => new("received-packages", Partition, 1, PartitionId.None, batches, null);

    /// <summary>Offsets, append times and watermarks are given as steps.</summary>
    private static SampleColumns Columns((long Offset, long Append, long Watermark, long Time, double Value)[] rows)
    {
        var (offset, append, watermark) = (0L, NowMs, NowMs - 5_000);
        return new SampleColumns
        {
            Offsets = [.. rows.Select(r => offset += r.Offset)],
            AppendTimes = [.. rows.Select(r => append += r.Append)],
            WatermarksBefore = [.. rows.Select(r => watermark += r.Watermark)],
            Times = [.. rows.Select(static r => r.Time)],
            Values = [.. rows.Select(static r => r.Value)],
            SeriesKeys = [],
        };
    }

    private static SampleColumns WithTags(SampleColumns columns)
    {
        // 32 tags of together 768 bytes: all that the entrance lets in.
        var keys = Enumerable.Range(0, 5).Select(static k => new SeriesKey([.. Enumerable.Range(0, 32).Select(i => new KeyValuePair<string, string>($"{i:00}{k}" + new string('n', 9), new string('v', 12)))])).ToArray();
        return WithTags(columns, keys, [.. Enumerable.Range(0, columns.Offsets.Length).Select(static i => i % 5)]);
    }

    private static SampleColumns WithTags(SampleColumns columns, SeriesKey[] keys, int[] series) => new()
    {
        Offsets = columns.Offsets,
        AppendTimes = columns.AppendTimes,
        WatermarksBefore = columns.WatermarksBefore,
        Times = columns.Times,
        Values = columns.Values,
        Series = series,
        SeriesKeys = keys,
    };
}
