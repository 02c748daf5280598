using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

public sealed class JsonMessageSpec
{
    [Fact]
    public void An_alarm_becomes_this_object_and_no_other()
    {
        var alarm = Alarm(17, threshold: "5.00e2") with { TimeMs = 1_700_000_000_042, Series = new([new("dc", "eu")]), Suppressed = 2, Kind = AlarmKind.Resolved, Episode = Alarm(3).Id };

        var body = JsonDocument.Parse(JsonMessage.Build(alarm)).RootElement;

        var expected = JsonDocument.Parse("""
            {
              "id": "00000001000000000000000000000000-1-0-17",
              "kind": "resolved",
              "episode": "00000001000000000000000000000000-1-0-3",
              "rule_id": "00000001-0000-0000-0000-000000000000",
              "metric_name": "received-packages",
              "tags": { "dc": "eu" },
              "value": 508,
              "operator": ">",
              "threshold": 5.00e2,
              "time": "2023-11-14T22:13:20.042Z",
              "time_ms": 1700000000042,
              "received": "2023-11-14T22:13:20.500Z",
              "received_ms": 1700000000500,
              "suppressed": 2
            }
            """).RootElement;
        Assert.True(JsonElement.DeepEquals(expected, body), body.GetRawText());
        Assert.Equal("5.00e2", body.GetProperty("threshold").GetRawText());
    }

    [Fact]
    public void Every_value_and_every_time_reads_back_as_it_was() => Gen.Select(Gen.Double.Where(double.IsFinite), Gen.Long, Gen.Long).Sample((value, timeMs, appendMs) =>
    {
        var body = JsonDocument.Parse(JsonMessage.Build(Alarm(0, value: value) with { TimeMs = timeMs, AppendTimeMs = appendMs })).RootElement;

        Assert.Equal(value, body.GetProperty("value").GetDouble());
        Assert.Equal((timeMs, appendMs), (body.GetProperty("time_ms").GetInt64(), body.GetProperty("received_ms").GetInt64()));
        Assert.True(DateTimeOffset.TryParse(body.GetProperty("time").GetString(), CultureInfo.InvariantCulture, out _));
    });

    [Theory]
    [InlineData("500", JsonValueKind.Number)]
    [InlineData("-1.5E-7", JsonValueKind.Number)]
    [InlineData("five", JsonValueKind.String)]
    [InlineData("", JsonValueKind.String)]
    [InlineData("1 2", JsonValueKind.String)]
    [InlineData("1,\"x\":2", JsonValueKind.String)]
    public void A_threshold_that_is_no_number_cannot_break_the_body(string threshold, JsonValueKind kind)
    {
        var body = JsonDocument.Parse(JsonMessage.Build(Alarm(0, threshold: threshold))).RootElement;

        Assert.Equal(kind, body.GetProperty("threshold").ValueKind);
    }

    [Fact]
    public void The_signature_is_what_the_standards_own_example_says()
    {
        // The vector of the Standard Webhooks specification's libraries.
        var key = SigningKey.Parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;

        var signature = key.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, """{"test": 2432232314}"""u8);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Fact]
    public void A_plain_key_signs_with_its_own_bytes_and_is_never_printed()
    {
        const string text = "a plain key of thirty bytes ok";
        var key = SigningKey.Parse(text)!;

        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(text), "id-1.7.{}"u8));
        Assert.Equal(expected, key.Sign("id-1", 7, "{}"u8));
        Assert.Equal("***", $"{key}");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("too short", false)]
    [InlineData("12345678901234567890123", false)]
    [InlineData("123456789012345678901234", true)]
    [InlineData("whsec_this is no base64 at all, really", false)]
    [InlineData("whsec_c2hvcnQ=", false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    public void A_key_has_24_to_64_bytes(string text, bool isOne) => Assert.Equal(isOne, SigningKey.Parse(text) is not null);

    [Fact]
    public void A_key_of_more_than_64_bytes_is_none() => Assert.Null(SigningKey.Parse(new string('k', 65)));
}
