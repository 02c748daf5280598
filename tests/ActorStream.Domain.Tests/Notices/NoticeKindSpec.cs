using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

public sealed class NoticeKindSpec
{
    [Theory]
    [InlineData(AlarmKind.Triggered, "Alarm triggered", 16711680, "received-packages is 508 which exceeds the rule threshold (500)")]
    [InlineData(AlarmKind.Resolved, "Alarm resolved", 5763719, "received-packages is 508 which no longer exceeds the rule threshold (500)")]
    [InlineData(AlarmKind.Stale, "Metric went silent", 16760576, "received-packages sends no more samples; its last value was 508. Silence is no recovery")]
    [InlineData(AlarmKind.Test, "Test message", 5793266, "This is a test, nothing was measured: the rule alarms when received-packages exceeds the rule threshold (500)")]
    public void Each_kind_has_its_title_colour_and_sentence(AlarmKind kind, string title, int colour, string sentence)
    {
        var embed = EmbedOf(Alarm(17) with { Kind = kind });

        Assert.Equal(title, embed.GetProperty("title").GetString());
        Assert.Equal(colour, embed.GetProperty("color").GetInt32());
        Assert.Equal(sentence, embed.GetProperty("description").GetString());
        Assert.EndsWith("/" + Alarm(17).Id, embed.GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ComparisonOperator.Greater, "no longer exceeds")]
    [InlineData(ComparisonOperator.Less, "is no longer below")]
    [InlineData(ComparisonOperator.GreaterOrEqual, "no longer reaches or exceeds")]
    [InlineData(ComparisonOperator.LessOrEqual, "is no longer at or below")]
    [InlineData(ComparisonOperator.Equal, "no longer equals")]
    [InlineData(ComparisonOperator.NotEqual, "no longer differs from")]
    public void A_resolve_says_in_the_operators_words_what_no_longer_holds(ComparisonOperator comparison, string words)
    {
        var embed = EmbedOf(Alarm(0, metric: "cpu", value: 1) with { Kind = AlarmKind.Resolved, Operator = comparison });

        Assert.Equal($"cpu is 1 which {words} the rule threshold (500)", embed.GetProperty("description").GetString());
    }

    [Fact]
    public void Suppressed_alarms_are_told_behind_the_tags_and_only_where_there_are_any()
    {
        var told = EmbedOf(Alarm(0) with { Series = new([new("dc", "eu")]), Suppressed = 3 });
        var silent = EmbedOf(Alarm(0));

        Assert.Equal(["Rule id", "Metric name", "Metric value", "Rule threshold", "Tags", "Suppressed"], NamesOf(told));
        Assert.Equal("3", told.GetProperty("fields")[5].GetProperty("value").GetString());
        Assert.Equal(["Rule id", "Metric name", "Metric value", "Rule threshold"], NamesOf(silent));
    }

    [Fact]
    public void A_kind_from_a_newer_version_is_refused_instead_of_called_something_else()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscordMessage.Build([Alarm(0) with { Kind = (AlarmKind)9 }]));
        Assert.Throws<ArgumentOutOfRangeException>(() => JsonMessage.Build(Alarm(0) with { Kind = (AlarmKind)9 }));
    }

    private static JsonElement EmbedOf(AlarmRecord alarm) => JsonDocument.Parse(DiscordMessage.Build([alarm])).RootElement.GetProperty("embeds")[0];

    private static string[] NamesOf(JsonElement embed) => [.. embed.GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];
}
