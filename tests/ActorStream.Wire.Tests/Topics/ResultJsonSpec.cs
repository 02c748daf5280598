using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class ResultJsonSpec
{
    private static readonly WindowResult Plain =
        new("sensors", "tumbling", "s-1", 0, WindowType.Tumbling, 1_764_000_000_000, 1_764_000_060_000, 0, new WindowData(3, 6, 1, 3.5, 2, 1_764_000_059_123));

    private static readonly Gen<double> Finite = Gen.Double.Where(double.IsFinite);

    private static readonly Gen<string> Key = Gen.OneOf(
        Gen.String[Gen.Char['\0', '\u00ff'], 1, 20], Gen.Const("a\"b\\c/d"), Gen.Const("größer データ 🚀"), Gen.Const("under_score_-5"), Gen.Const("\u2028\n\r\t\u0000</script>"));

    [Fact]
    public void A_result_is_one_object_with_its_members_in_order() => Assert.Equal(
        """{"window_id":"tumbling_s-1_1764000000000","window_start":"2025-11-24T16:00:00.000Z","window_end":"2025-11-24T16:01:00.000Z","data":{"count":3,"sum":6,"min":1,"max":3.5,"avg":2,"last_updated":"2025-11-24T16:00:59.123Z"},"event_time":"2025-11-24T16:00:59.123Z","result_id":"sensors/tumbling_s-1_1764000000000","revision":0}""",
        Text(ResultJson.Encode(Plain, [])));

    [Fact]
    public void Further_aggregates_stand_behind_the_old_ones_under_the_plans_quantiles()
    {
        var result = Plain with { Data = Plain.Data with { Last = 0.1, StdDev = 1e-20, Distinct = 2, Quantiles = [2, 3.25] } };

        var text = Text(ResultJson.Encode(result, [0.5, 0.999]));

        Assert.Contains("""Z","last":0.1,"stddev":1E-20,"distinct":2,"quantiles":{"0.5":2,"0.999":3.25}},"event_time":""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_retraction_says_what_it_went_into_and_keeps_empty_data()
    {
        var result = new WindowResult("p", "session", "k", 0, WindowType.Session, 5_000, 9_000, 4, WindowData.None) { MergedIntoStartMs = -1_000 };

        var text = Text(ResultJson.Encode(result, []));

        Assert.Contains("""{"count":0,"sum":0,"min":0,"max":0,"avg":0,"last_updated":null},"event_time":null,"result_id":"p/session_k_5000","revision":4,"retracted":true,"merged_into":"session_k_-1000"}""", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-62_135_596_800_000, "\"0001-01-01T00:00:00.000Z\"")]
    [InlineData(253_402_300_799_999, "\"9999-12-31T23:59:59.999Z\"")]
    [InlineData(-1, "\"1969-12-31T23:59:59.999Z\"")]
    [InlineData(-62_135_596_800_001, "-62135596800001")]
    [InlineData(253_402_300_800_000, "253402300800000")]
    public void Times_are_text_within_the_years_that_text_can_say_and_numbers_beyond(long timeMs, string expected)
    {
        var value = ResultJson.Encode(Plain with { StartMs = timeMs }, []);

        Assert.Contains($"\"window_start\":{expected},", Text(value), StringComparison.Ordinal);
        Assert.Equal(timeMs, ResultReader.Read(value).StartMs);
    }

    [Fact]
    public void Times_are_those_of_the_calendar() => Gen.Long[-62_135_596_800_000, 253_402_300_799_999].Sample(static timeMs =>
        Assert.Equal(
            DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            JsonDocument.Parse(ResultJson.Encode(Plain with { EndMs = timeMs }, [])).RootElement.GetProperty("window_end").GetString()));

    [Fact]
    public void Whatever_key_and_numbers_a_result_has_it_is_a_line_of_json_and_reads_back_exactly() =>
        Gen.Select(Key, Finite, Finite, Gen.Long, Gen.Bool).Sample(static (key, first, second, time, hasMore) =>
        {
            var data = new WindowData(7, first + 0.0, second + 0.0, first + 0.0, second + 0.0, time);
            var result = Plain with { Key = key, StartMs = time, Revision = 3, Data = hasMore ? data with { Last = second, StdDev = 0.1, Distinct = long.MaxValue, Quantiles = [first, second] } : data };

            var value = ResultJson.Encode(result, [0.5, 0.99]);

            Assert.Equal(-1, value.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x1f));
            var back = ResultReader.Read(value);
            Assert.Equal(
                (result.ResultId, result.WindowId, "tumbling", key, "sensors", 3, result.StartMs, result.EndMs, null),
                (back.Id, back.WindowId, back.WindowName, back.Key, back.PipelineId, back.Revision, back.StartMs, back.EndMs, back.MergedInto));
            Assert.Equal(result.Data with { Quantiles = null }, back.Data with { Quantiles = null });
            Assert.Equal(hasMore ? ["0.5", "0.99"] : [], back.QuantileNames);
            Assert.Equal(result.Data.Quantiles, back.Data.Quantiles);
        });

    [Fact]
    public void Letters_beyond_ascii_are_written_as_they_are() =>
        Assert.Contains("tumbling_größer データ \\\"x\\\"_", Text(ResultJson.Encode(Plain with { Key = "größer データ \"x\"" }, [])), StringComparison.Ordinal);

    [Fact]
    public void A_line_is_the_value_with_the_time_of_its_append_as_last_member()
    {
        var value = ResultJson.Encode(Plain with { Key = "}\"" }, []);
        var line = new ArrayBufferWriter<byte>();

        ResultJson.WithProcessingTime(value, 1_764_000_061_007, line);

        Assert.Equal(Text(value)[..^1] + ""","processing_time":"2025-11-24T16:01:01.007Z"}""" + "\n", Text(line.WrittenSpan));
        Assert.Equal(ResultReader.Read(value).Key, ResultReader.Read(line.WrittenSpan).Key);
    }

    [Fact]
    public void An_append_time_beyond_text_is_a_number()
    {
        var line = new ArrayBufferWriter<byte>();

        ResultJson.WithProcessingTime("""{"a":1}"""u8, long.MinValue, line);

        Assert.Equal("{\"a\":1,\"processing_time\":-9223372036854775808}\n", Text(line.WrittenSpan));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}\n")]
    public void No_line_is_made_of_what_is_no_result(string value) =>
        Assert.Throws<InvalidDataException>(() => ResultJson.WithProcessingTime(Encoding.UTF8.GetBytes(value), 0, new ArrayBufferWriter<byte>()));

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("7", "Number")]
    [InlineData("{\"window_id\":\"tumbling_k_0\"}", "")]
    [InlineData("{\"window_id\":\"tumbling\",\"result_id\":\"p/tumbling\"}", "window_id is \"tumbling\"")]
    [InlineData("{\"window_id\":\"tumbling_k_0\",\"result_id\":\"p/x\"}", "result_id is \"p/x\"")]
    [InlineData("{\"window_id\":\"tumbling_k_0\",\"result_id\":\"p/tumbling_k_0\",\"data\":{\"count\":0},\"revision\":0,\"window_start\":\"noon\"}", "window_start is \"noon\"")]
    [InlineData("{\"window_id\":\"tumbling_k_0\",\"result_id\":\"p/tumbling_k_0\",\"data\":7,\"revision\":0}", "Number")]
    [InlineData("{\"window_id\":\"tumbling_k_0\",\"result_id\":\"p/tumbling_k_0\",\"data\":{\"count\":0},\"revision\":1e9,\"window_start\":0,\"window_end\":1}", "")]
    public void What_is_no_result_is_refused_with_a_sentence(string value, string part) =>
        Assert.Contains(part, Assert.Throws<InvalidDataException>(() => ResultReader.Read(Encoding.UTF8.GetBytes(value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_result_says_which_quantiles_it_holds_whatever_its_pipeline_asks_for_now()
    {
        var result = Plain with { Data = Plain.Data with { Quantiles = [1, 2], Ranks = [0.25, 0.75] } };

        Assert.Contains("\"quantiles\":{\"0.25\":1,\"0.75\":2}", Text(ResultJson.Encode(result, [0.5])), StringComparison.Ordinal);
        Assert.Contains("\"quantiles\":{\"0.25\":1,\"0.75\":2}", Text(ResultJson.Encode(result, [0.5, 0.9])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_does_not_say_it_takes_the_plans_names_or_where_those_do_not_fit_numbers()
    {
        var result = Plain with { Data = Plain.Data with { Quantiles = [1, 2] } };

        Assert.Contains("\"quantiles\":{\"0.5\":1,\"0.9\":2}", Text(ResultJson.Encode(result, [0.5, 0.9])), StringComparison.Ordinal);
        Assert.Equal(["#1", "#2"], ResultReader.Read(ResultJson.Encode(result, [0.5])).QuantileNames);
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
