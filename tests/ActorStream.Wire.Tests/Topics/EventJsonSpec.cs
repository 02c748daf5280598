using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class EventJsonSpec
{
    private static readonly EventMembers Old = new("partition_key", "event_time", "value");
    private static readonly EventMembers Bench = new("entity", "ts", "value", "user");

    [Theory]
    [InlineData("""{"event_time":"2024-01-01T00:00:00Z","partition_key":"k1","value":2.5}""", "k1", 1_704_067_200_000, 2.5)]
    [InlineData("""{"event_time":"2024-01-01T00:00:00.123456","partition_key":"k1","value":-7}""", "k1", 1_704_067_200_123, -7)]
    [InlineData("""{"event_time":"2024-01-01T01:00:00+01:00","value":1e3,"headers":{"a":[1,{}]}}""", "default", 1_704_067_200_000, 1000)]
    [InlineData("""{"event_time":1704067200000,"partition_key":42}""", "42", 1_704_067_200_000, 0)]
    [InlineData("""{}""", "default", PartitionId.NoTime, 0)]
    [InlineData("""{"event_time":null,"partition_key":null,"value":null}""", "default", PartitionId.NoTime, 1)]
    [InlineData("""{"value":"12"}""", "default", PartitionId.NoTime, 1)]
    [InlineData("""{"value":true}""", "default", PartitionId.NoTime, 1)]
    [InlineData("""{"value":{"a":3}}""", "default", PartitionId.NoTime, 1)]
    [InlineData("""{"partition_key":"a\"b","value":3}""", "a\"b", PartitionId.NoTime, 3)]
    [InlineData("""{"partition_key":"ä","value":3}""", "ä", PartitionId.NoTime, 3)]
    [InlineData("""{"partition_key":"","value":3}""", "", PartitionId.NoTime, 3)]
    [InlineData("""{ "value" : 3 , "partition_key" : "x" }  """, "x", PartitionId.NoTime, 3)]
    [InlineData("""{"value":1,"value":2}""", "default", PartitionId.NoTime, 2)]
    [InlineData("""{"\u0076alue":2}""", "default", PartitionId.NoTime, 2)]
    public void Absent_value_is_0_and_not_a_number_is_1_and_an_absent_key_is_default(string json, string key, long timeMs, double value)
    {
        var (read, (gotKey, gotTime, gotValue), why) = Read(Old, json);

        Assert.True(read, why);
        Assert.Equal((key, timeMs, value), (gotKey, gotTime, gotValue));
    }

    [Theory]
    [InlineData("", "has no value")]
    [InlineData("[1]", "The record is [1]; an event is a JSON object")]
    [InlineData("{\"value\":1", "no JSON")]
    [InlineData("{\"value\":1} x", "no JSON")]
    [InlineData("{\"value\":01}", "no JSON")]
    [InlineData("{\"value\":1,}", "no JSON")]
    [InlineData("{\"value\":1e999}", "value is 1e999, which no double holds")]
    [InlineData("{\"event_time\":\"yesterday\"}", "event_time is \"yesterday\"; it must be ISO 8601")]
    [InlineData("{\"event_time\":1.5}", "event_time is 1.5")]
    [InlineData("{\"event_time\":true}", "event_time is true")]
    [InlineData("{\"event_time\":\"2024-13-01T00:00:00Z\"}", "within the years 1 to 9999")]
    [InlineData("{\"partition_key\":[1]}", "partition_key is [1]; a key is a text or a number")]
    [InlineData("{\"partition_key\":false}", "partition_key is false")]
    [InlineData("{\"a\":\"\u0001\"}", "no JSON")]
    public void What_cannot_be_read_says_why(string json, string said)
    {
        var (read, _, why) = Read(Old, json);

        Assert.False(read);
        Assert.Contains(said, why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_513_bytes_is_refused_and_one_of_512_is_not()
    {
        Assert.True(Read(Old, $$"""{"partition_key":"{{new string('k', 512)}}"}""").Read);
        Assert.Contains("at most 512", Read(Old, $$"""{"partition_key":"{{new string('k', 513)}}"}""").Why, StringComparison.Ordinal);
        Assert.Contains("at most 512", Read(Old, $$"""{"partition_key":"\n{{new string('k', 512)}}"}""").Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused() =>
        Assert.False(new EventJson(Old).TryRead([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}'], out _, out _));

    [Fact]
    public void The_distinct_member_is_handed_over_as_written()
    {
        Assert.True(new EventJson(Bench).TryRead("""{"entity":"e1","user":"u7","value":1}"""u8, out var parsed, out _));
        Assert.Equal("\"u7\"", Encoding.UTF8.GetString(parsed.Distinct));
    }

    /// <summary>Against <see cref="JsonDocument"/>, which knows nothing of the fast path: whole events, and events with one byte changed, cut or put in.</summary>
    [Fact]
    public void It_reads_what_a_general_reader_reads_and_refuses_what_that_refuses() =>
        Gen.Select(
            Gen.Select(Gen.String[Gen.Char["ab7-_ \"\\é"], 0, 6], Gen.Long[1_600_000_000_000, 1_800_000_000_000], Gen.Double[-1e6, 1e6], Gen.Int[0, 5]),
            Gen.Int[-1, 80], Gen.Byte, Gen.Int[0, 2]).Sample((e, at, b, how) =>
        {
            var (key, time, value, digits) = e;
            var json = Encoding.UTF8.GetBytes($$"""{"entity":{{JsonSerializer.Serialize(key)}},"ts":{{time}},"value":{{value.ToString($"F{digits}", CultureInfo.InvariantCulture)}}}""");
            AssertSame(Mutated(json, at, b, how));
        }, iter: 20_000);

    private static byte[] Mutated(byte[] json, int at, byte b, int how)
    {
        if (at < 0 || at >= json.Length)
            return json;
        var list = json.ToList();
        if (how == 0)
            list[at] = b;
        else if (how == 1)
            list.RemoveAt(at);
        else
            list.Insert(at, b);
        return [.. list];
    }

    private static void AssertSame(byte[] json)
    {
        var (read, got, _) = Read(Bench with { Distinct = null }, json);
        var expected = Reference(json);
        Assert.Equal((expected is not null, Encoding.UTF8.GetString(json)), (read, Encoding.UTF8.GetString(json)));
        if (expected is { } e)
            Assert.Equal(e, got);
    }

    private static (string, long, double)? Reference(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var (key, time, value) = ("default", PartitionId.NoTime, 0.0);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Name == "entity")
                    key = member.Value.ValueKind switch { JsonValueKind.String => member.Value.GetString()!, JsonValueKind.Number => member.Value.GetRawText(), JsonValueKind.Null => "default", _ => throw new FormatException() };
                if (member.Name == "ts")
                    time = member.Value.ValueKind switch { JsonValueKind.Null => PartitionId.NoTime, JsonValueKind.Number => InYears(member.Value.GetInt64()), JsonValueKind.String when IsoTime(member.Value.GetString()!) is { } t => t, _ => throw new FormatException() };
                if (member.Name == "value")
                    value = member.Value.ValueKind == JsonValueKind.Number ? double.IsFinite(member.Value.GetDouble()) ? member.Value.GetDouble() : throw new FormatException() : 1;
            }
            return (key, time, value);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static long InYears(long timeMs) => timeMs is >= -62_135_596_800_000 and <= 253_402_300_799_999 ? timeMs : throw new FormatException();

    private static long? IsoTime(string text) => null;

    private static (bool Read, (string, long, double) Event, string Why) Read(EventMembers members, string json) => Read(members, Encoding.UTF8.GetBytes(json));

    private static (bool Read, (string, long, double) Event, string Why) Read(EventMembers members, byte[] json)
    {
        var read = new EventJson(members).TryRead(json, out var parsed, out var why);
        return (read, (Encoding.UTF8.GetString(parsed.Key), parsed.TimeMs, parsed.Value), why.Sentence ?? "");
    }
}
