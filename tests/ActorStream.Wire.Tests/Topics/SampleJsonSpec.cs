using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class SampleJsonSpec
{
    private readonly SampleJson _json = new(new SeriesInterner());

    [Theory]
    [InlineData("""{"value":501}""", 501)]
    [InlineData("""{"value": 501}""", 501)]
    [InlineData("""{"value":  501}""", 501)]
    [InlineData("""{"value":-0}""", -0.0)]
    [InlineData("""{"value":0.1}""", 0.1)]
    [InlineData("""{"value":1E+2}""", 100)]
    [InlineData("""{"value":123456789012345678901234567890}""", 123456789012345678901234567890.0)]
    [InlineData("""{"value":9007199254740993}""", 9007199254740992)]
    [InlineData("""{"value":1.7976931348623157e308}""", double.MaxValue)]
    [InlineData("""{"value":5e-324}""", double.Epsilon)]
    [InlineData("""{"value":1e-99999999999999}""", 0)]
    [InlineData(""" { "other" : [1,{"value":2}] , "value" : 3 , "name" : 5 } """, 3)]
    [InlineData("""{"value":"1","value":2}""", 2)]
    [InlineData("""{"\u0076alue":2,"ts":null,"tags":null}""", 2)]
    public void A_value_is_read_to_the_nearest_double(string json, double value)
    {
        var sample = Read(json);

        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(sample.Value));
        Assert.False(sample.HasTime);
        Assert.Same(SeriesKey.Empty, sample.Series);
    }

    [Theory]
    [InlineData("", UnreadableReason.NullRecord, "no value")]
    [InlineData("{", UnreadableReason.NotJson, "no JSON")]
    [InlineData("abc", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":1}}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":1} x""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":NaN}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":01}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":+1}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":.5}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":1.}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"value":1,}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("""{"\ud800":1,"value":1}""", UnreadableReason.NotJson, "no JSON")]
    [InlineData("501", UnreadableReason.NotAnObject, "501")]
    [InlineData("null", UnreadableReason.NotAnObject, "null")]
    [InlineData("""[{"value":1}]""", UnreadableReason.NotAnObject, "object")]
    [InlineData("{}", UnreadableReason.ValueMissing, "no value")]
    [InlineData("""{"Value":1}""", UnreadableReason.ValueMissing, "no value")]
    [InlineData("""{"value":"5"}""", UnreadableReason.ValueNotANumber, "\"5\"")]
    [InlineData("""{"value":null}""", UnreadableReason.ValueNotANumber, "null")]
    [InlineData("""{"value":true}""", UnreadableReason.ValueNotANumber, "true")]
    [InlineData("""{"value":{"value":1}}""", UnreadableReason.ValueNotANumber, "JSON number")]
    [InlineData("""{"value":1e999}""", UnreadableReason.ValueNotFinite, "1e999")]
    [InlineData("""{"value":-1e99999999999999}""", UnreadableReason.ValueNotFinite, "finite")]
    [InlineData("""{"value":1,"tags":[]}""", UnreadableReason.TagsInvalid, "object")]
    [InlineData("""{"value":1,"tags":"a:b"}""", UnreadableReason.TagsInvalid, "object")]
    [InlineData("""{"value":1,"tags":{"a":true}}""", UnreadableReason.TagsInvalid, "Tag a")]
    [InlineData("""{"value":1,"tags":{"a":{}}}""", UnreadableReason.TagsInvalid, "Tag a")]
    [InlineData("""{"value":1,"tags":{"a":null}}""", UnreadableReason.TagsInvalid, "Tag a")]
    [InlineData("""{"value":1,"tags":{"a":"\udc00"}}""", UnreadableReason.TagsInvalid, "cannot be read")]
    [InlineData("""{"value":1,"ts":true}""", UnreadableReason.TimeInvalid, "true")]
    [InlineData("""{"value":1,"ts":1.5}""", UnreadableReason.TimeInvalid, "1.5")]
    [InlineData("""{"value":1,"ts":1e3}""", UnreadableReason.TimeInvalid, "1e3")]
    [InlineData("""{"value":1,"ts":253402300800000}""", UnreadableReason.TimeInvalid, "9999")]
    [InlineData("""{"value":1,"ts":99999999999999999999}""", UnreadableReason.TimeInvalid, "9999")]
    [InlineData("""{"value":1,"ts":"yesterday"}""", UnreadableReason.TimeInvalid, "yesterday")]
    [InlineData("""{"value":1,"ts":"2024-02-30T00:00:00Z"}""", UnreadableReason.TimeInvalid, "RFC 3339")]
    [InlineData("""{"value":1,"ts":"2024-02-28T00:00:00"}""", UnreadableReason.TimeInvalid, "RFC 3339")]
    [InlineData("""{"value":1,"ts":"\ud800"}""", UnreadableReason.TimeInvalid, "RFC 3339")]
    public void What_cannot_be_read_has_a_reason_and_a_sentence(string json, UnreadableReason reason, string part)
    {
        var read = _json.TryRead(Encoding.UTF8.GetBytes(json), out _, out var why);

        Assert.False(read);
        Assert.Equal(reason, why.Reason);
        Assert.Contains(part, why.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        var read = _json.TryRead([.. "{\"value\":1,\"x\":\""u8, 0xff, .. "\"}"u8], out _, out var why);

        Assert.False(read);
        Assert.Equal(UnreadableReason.NotUtf8, why.Reason);
    }

    [Theory]
    [InlineData("1700000000123", 1_700_000_000_123)]
    [InlineData("0", 0)]
    [InlineData("-1", -1)]
    [InlineData("\"2023-11-14T22:13:20Z\"", 1_700_000_000_000)]
    [InlineData("\"2023-11-14t22:13:20.5z\"", 1_700_000_000_500)]
    [InlineData("\"2023-11-14 23:13:20.1239+01:00\"", 1_700_000_000_123)]
    [InlineData("\"2023-11-14T16:43:20-05:30\"", 1_700_000_000_000)]
    [InlineData("\"1969-12-31T23:59:59.999Z\"", -1)]
    [InlineData("\"2016-12-31T23:59:60Z\"", 1_483_228_800_000)]
    [InlineData("\"\\u0032023-11-14T22:13:20Z\"", 1_700_000_000_000)]
    [InlineData("\"0001-01-01T00:00:00Z\"", -62_135_596_800_000)]
    [InlineData("\"9999-12-31T23:59:59.999Z\"", 253_402_300_799_999)]
    public void A_time_is_milliseconds_or_RFC_3339(string ts, long timeMs)
    {
        var sample = Read($$"""{"value":1,"ts":{{ts}}}""");

        Assert.True(sample.HasTime);
        Assert.Equal(timeMs, sample.TimeMs);
    }

    [Fact]
    public void Any_time_in_RFC_3339_is_the_time_that_the_platform_reads() =>
        Gen.Select(Gen.Long[TimeText.TimeMsMin, TimeText.TimeMsMax], Gen.Int[-14 * 60, 14 * 60]).Sample(static (timeMs, offsetMinutes) =>
        {
            var local = DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
            if (timeMs > TimeText.TimeMsMin + 86_400_000 && timeMs < TimeText.TimeMsMax - 86_400_000)
                local = local.ToOffset(TimeSpan.FromMinutes(offsetMinutes));

            var read = TimeText.TryRfc3339(Encoding.UTF8.GetBytes(local.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture)), out var back);

            Assert.True(read);
            Assert.Equal(timeMs, back);
        });

    [Fact]
    public void Tags_are_compared_as_text_and_stand_in_order_of_their_names()
    {
        var first = Read("""{"value":1,"tags":{"b":"x","a":12354}}""");
        var second = Read("""{"tags": {"a": "12354", "\u0062": "x"}, "value": 2}""");

        Assert.Equal(["a=12354", "b=x"], first.Series.Tags.Select(static t => $"{t.Key}={t.Value}"));
        Assert.Same(first.Series, second.Series);
        Assert.NotEqual(first.Series, Read("""{"value":1,"tags":{"b":"x","a":12354.0}}""").Series);
        Assert.Same(SeriesKey.Empty, Read("""{"value":1,"tags":{ }}""").Series);
    }

    [Theory]
    [InlineData(32, 1, 1, true)]
    [InlineData(33, 1, 1, false)]
    [InlineData(1, 200, 200, true)]
    [InlineData(1, 201, 1, false)]
    [InlineData(1, 2, 201, false)]
    [InlineData(2, 200, 184, true)]
    [InlineData(2, 200, 185, false)]
    public void Tags_have_bounds(int count, int nameBytes, int valueBytes, bool isReadable)
    {
        var tags = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"[i].ToString().PadRight(nameBytes, 'n')}\":\"{new string('v', valueBytes)}\""));

        var read = _json.TryRead(Encoding.UTF8.GetBytes($$$"""{"value":1,"tags":{{{{tags}}}}}"""), out _, out var why);

        Assert.True(isReadable == read, why.Sentence);
    }

    [Fact]
    public void The_short_path_and_the_general_path_agree_on_every_text() =>
        Gen.OneOf(
            Gen.Double.Select(static d => d.ToString("R", CultureInfo.InvariantCulture)),
            Gen.Long.Select(static l => l.ToString(CultureInfo.InvariantCulture)),
            Gen.Char["0123456789.-+eE \"}"].Array[0, 24].Select(static c => new string(c)))
        .Sample(number =>
        {
            foreach (var json in (string[])[$$"""{"value":{{number}}}""", $$"""{"value": {{number}}}"""])
            {
                var bytes = Encoding.UTF8.GetBytes(json);
                var isBare = SampleJson.TryReadBare(bytes, out var value);
                var isRead = _json.TryReadAny(bytes, out var sample, out _);

                Assert.True(!isBare || isRead, json);
                Assert.True(!isBare || BitConverter.DoubleToInt64Bits(value) == BitConverter.DoubleToInt64Bits(sample.Value), json);
            }
        }, iter: 20_000, threads: 1);

    [Fact]
    public void Every_number_the_general_path_reads_is_read_by_the_short_one() => Gen.Double.Sample(static d =>
    {
        var text = d.ToString("R", CultureInfo.InvariantCulture);

        var isBare = SampleJson.TryReadBare(Encoding.UTF8.GetBytes($$"""{"value":{{text}}}"""), out var value);

        Assert.Equal(double.IsFinite(d), isBare);
        Assert.True(!isBare || BitConverter.DoubleToInt64Bits(d) == BitConverter.DoubleToInt64Bits(value), text);
    });

    [Fact]
    public void A_value_without_tags_and_one_with_known_tags_allocate_nothing()
    {
        byte[][] texts = ["""{"value": 501}"""u8.ToArray(), """{"value":0.25,"ts":1700000000000}"""u8.ToArray(), """{"value":1,"tags":{"machine_id":12354},"ts":"2023-11-14T22:13:20Z"}"""u8.ToArray()];
        ReadAll(texts, 200);

        var before = GC.GetAllocatedBytesForCurrentThread();
        ReadAll(texts, 1_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_cache_of_tags_is_bounded()
    {
        var interner = new SeriesInterner(entriesMax: 10);
        var json = new SampleJson(interner);

        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(json.TryRead(Encoding.UTF8.GetBytes($$$"""{"value":1,"tags":{"i":{{{i}}}}}"""), out var sample, out _));
            Assert.Equal($"i:{i}", sample.Series.ToString());
            Assert.InRange(interner.Count, 1, 10);
        }
    }

    private void ReadAll(byte[][] texts, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var text in texts)
            {
                if (!_json.TryRead(text, out _, out var why))
                    Assert.Fail(why.Sentence);
            }
        }
    }

    private Sample Read(string json)
    {
        Assert.True(_json.TryRead(Encoding.UTF8.GetBytes(json), out var sample, out var why), why.Sentence);
        return sample;
    }
}
