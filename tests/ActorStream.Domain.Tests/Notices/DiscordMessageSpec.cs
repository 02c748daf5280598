using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

public sealed class DiscordMessageSpec
{
    [Fact]
    public void An_alarm_becomes_this_body_and_no_other()
    {
        var alarm = Alarm(17) with { TimeMs = 1_700_000_000_042 };

        var body = JsonDocument.Parse(DiscordMessage.Build([alarm]));

        var expected = JsonDocument.Parse("""
            {
              "embeds": [
                {
                  "title": "Alarm triggered",
                  "description": "received-packages is 508 which exceeds the rule threshold (500)",
                  "url": "https://actorstream.invalid/alarms/00000001000000000000000000000000-1-0-17",
                  "timestamp": "2023-11-14T22:13:20.042Z",
                  "color": 16711680,
                  "fields": [
                    { "name": "Rule id", "value": "00000001-0000-0000-0000-000000000000" },
                    { "name": "Metric name", "value": "received-packages" },
                    { "name": "Metric value", "value": "508" },
                    { "name": "Rule threshold", "value": "500" }
                  ]
                }
              ],
              "allowed_mentions": { "parse": [] }
            }
            """);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, body.RootElement), body.RootElement.GetRawText());
    }

    [Theory]
    [InlineData(ComparisonOperator.Greater, "cpu is 508 which exceeds the rule threshold (500)")]
    [InlineData(ComparisonOperator.Less, "cpu is 508 which is below the rule threshold (500)")]
    [InlineData(ComparisonOperator.GreaterOrEqual, "cpu is 508 which reaches or exceeds the rule threshold (500)")]
    [InlineData(ComparisonOperator.LessOrEqual, "cpu is 508 which is at or below the rule threshold (500)")]
    [InlineData(ComparisonOperator.Equal, "cpu is 508 which equals the rule threshold (500)")]
    [InlineData(ComparisonOperator.NotEqual, "cpu is 508 which differs from the rule threshold (500)")]
    public void The_wording_follows_the_operator(ComparisonOperator comparison, string expected)
    {
        var embed = Embeds([Alarm(0, metric: "cpu") with { Operator = comparison }])[0];

        Assert.Equal(expected, embed.GetProperty("description").GetString());
    }

    [Theory]
    [InlineData(508, "508")]
    [InlineData(500.0001, "500.0001")]
    [InlineData(1e21, "1E+21")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(-1.5e-7, "-1.5E-07")]
    public void Values_print_as_their_shortest_text_that_reads_back(double value, string expected)
    {
        var embed = Embeds([Alarm(0, value: value)])[0];

        Assert.Equal(expected, FieldOf(embed, "Metric value"));
        Assert.Equal(value, double.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_threshold_prints_as_it_was_written()
    {
        var embed = Embeds([Alarm(0, threshold: "5.00e2")])[0];

        Assert.Equal("5.00e2", FieldOf(embed, "Rule threshold"));
        Assert.EndsWith("the rule threshold (5.00e2)", embed.GetProperty("description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_follow_the_other_fields()
    {
        var embed = Embeds([Alarm(0) with { Series = new SeriesKey([new("dc", "eu"), new("host", "a")]) }])[0];

        Assert.Equal("dc:eu, host:a", FieldOf(embed, "Tags"));
        Assert.Equal("Tags", embed.GetProperty("fields")[4].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.000Z")]
    [InlineData(-62_135_596_800_000, "0001-01-01T00:00:00.000Z")]
    [InlineData(253_402_300_799_999, "9999-12-31T23:59:59.999Z")]
    [InlineData(long.MaxValue, "2023-11-14T22:13:20.500Z")]
    [InlineData(long.MinValue, "2023-11-14T22:13:20.500Z")]
    public void A_sample_time_that_no_calendar_holds_gives_way_to_the_append_time(long timeMs, string expected)
    {
        var embed = Embeds([Alarm(0) with { TimeMs = timeMs }])[0];

        Assert.Equal(expected, embed.GetProperty("timestamp").GetString());
    }

    [Theory]
    [InlineData("@everyone <@&1> `x` \"quoted\" \\ \u0001")]
    [InlineData("температура 😀")]
    public void Names_from_outside_arrive_unchanged_and_ping_nobody(string name)
    {
        var body = JsonDocument.Parse(DiscordMessage.Build([Alarm(0, metric: name)])).RootElement;

        Assert.Equal(name, FieldOf(body.GetProperty("embeds")[0], "Metric name"));
        Assert.Equal(0, body.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength());
        Assert.False(body.TryGetProperty("content", out _));
    }

    [Fact]
    public void Ten_ordinary_alarms_fit_and_their_urls_differ()
    {
        var alarms = Enumerable.Range(0, 12).Select(i => Alarm(i)).ToArray();

        Assert.Equal(10, DiscordMessage.Fit(alarms));
        Assert.Equal(10, Embeds(alarms[..10]).Select(e => e.GetProperty("url").GetString()).Distinct().Count());
    }

    [Fact]
    public void More_alarms_than_fit_and_none_at_all_are_refused()
    {
        var long5 = Enumerable.Range(0, 5).Select(i => Alarm(i, metric: new string('m', 800))).ToArray();

        Assert.Equal(3, DiscordMessage.Fit(long5));
        Assert.Throws<ArgumentException>(() => DiscordMessage.Build(long5[..4]));
        Assert.Throws<ArgumentException>(() => DiscordMessage.Build([]));
    }

    [Fact]
    public void A_cut_text_ends_with_an_ellipsis_and_never_inside_a_character()
    {
        var name = FieldOf(Embeds([Alarm(0, metric: string.Concat(Enumerable.Repeat("😀", 600)))])[0], "Metric name");

        Assert.Equal(1_023, name.Length);
        Assert.EndsWith("😀…", name, StringComparison.Ordinal);
    }

    [Fact]
    public void No_limit_is_exceeded_whatever_the_lengths_are_and_as_many_fit_as_possible()
    {
        var genAlarm = Gen.Select(Gen.Int[1, 5_000], Gen.Int[1, 5_000], Gen.Int[0, 5_000], Gen.Int[0, 4], (metric, threshold, tag, shorter) =>
            Alarm(0, metric: new string('m', metric >> (3 * shorter)), threshold: new string('5', threshold >> (3 * shorter))) with
            {
                Series = tag == 0 ? SeriesKey.Empty : new SeriesKey([new("host", new string('t', tag >> (3 * shorter)))]),
            });
        genAlarm.Array[1, 14].Sample(alarms =>
        {
            var fit = DiscordMessage.Fit(alarms);
            var embeds = Embeds(alarms[..fit]);
            Assert.InRange(fit, 1, 10);
            Assert.All(embeds, CheckLimits);
            Assert.InRange(embeds.Sum(CharactersOf), 1, 6_000);
            if (fit < Math.Min(alarms.Length, 10))
                Assert.True(embeds.Sum(CharactersOf) + CharactersOf(Embeds([alarms[fit]])[0]) > 6_000);
        });
    }

    [Fact]
    public void A_blank_name_does_not_make_the_receiver_refuse_the_message()
    {
        Assert.Equal("-", FieldOf(Embeds([Alarm(0, metric: " ")])[0], "Metric name"));
    }

    private static void CheckLimits(JsonElement embed)
    {
        Assert.InRange(embed.GetProperty("title").GetString()!.Length, 1, 256);
        Assert.InRange(embed.GetProperty("description").GetString()!.Length, 1, 4_096);
        Assert.InRange(embed.GetProperty("fields").GetArrayLength(), 4, 25);
        Assert.All(embed.GetProperty("fields").EnumerateArray(), f =>
        {
            Assert.InRange(f.GetProperty("name").GetString()!.Length, 1, 256);
            Assert.InRange(f.GetProperty("value").GetString()!.Length, 1, 1_024);
        });
    }

    private static int CharactersOf(JsonElement embed) =>
        embed.GetProperty("title").GetString()!.Length + embed.GetProperty("description").GetString()!.Length
        + embed.GetProperty("fields").EnumerateArray().Sum(f => f.GetProperty("name").GetString()!.Length + f.GetProperty("value").GetString()!.Length);

    private static List<JsonElement> Embeds(AlarmRecord[] alarms) => [.. JsonDocument.Parse(DiscordMessage.Build(alarms)).RootElement.GetProperty("embeds").EnumerateArray()];

    private static string FieldOf(JsonElement embed, string name) =>
        embed.GetProperty("fields").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name).GetProperty("value").GetString()!;
}
