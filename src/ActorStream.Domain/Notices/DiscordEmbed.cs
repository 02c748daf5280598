using System.Globalization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>The texts of one embed, cut so that it alone keeps every limit.</summary>
internal sealed record DiscordEmbed(string Title, int Colour, string Description, IReadOnlyList<(string Name, string Value)> Fields)
{
    private const string Ellipsis = "…";
    private const int Red = 16_711_680;
    private const int Green = 5_763_719;
    private const int Amber = 16_760_576;
    private const int Blue = 5_793_266;

    public int Characters { get; } = Title.Length + Description.Length + Fields.Sum(f => f.Name.Length + f.Value.Length);

    public static DiscordEmbed Of(AlarmRecord alarm)
    {
        var (title, colour) = HeadOf(alarm.Kind);
        var fields = FieldsOf(alarm);
        var others = title.Length + fields.Sum(f => f.Name.Length + f.Value.Length);
        return new DiscordEmbed(title, colour, Cut(Sentence(alarm), Math.Min(DiscordLimits.DescriptionMax, DiscordLimits.EmbedsCharactersMax - others)), fields);
    }

    private static (string Title, int Colour) HeadOf(AlarmKind kind) => kind switch
    {
        AlarmKind.Triggered => ("Alarm triggered", Red),
        AlarmKind.Resolved => ("Alarm resolved", Green),
        AlarmKind.Stale => ("Metric went silent", Amber),
        AlarmKind.Test => ("Test message", Blue),
        _ => throw Unknown(kind),
    };

    private static string Sentence(AlarmRecord alarm)
    {
        var value = DiscordMessage.Text(alarm.Value);
        return alarm.Kind switch
        {
            AlarmKind.Triggered => $"{alarm.Metric} is {value} which {Comparison.Phrase(alarm.Operator)} the rule threshold ({alarm.ThresholdText})",
            AlarmKind.Resolved => $"{alarm.Metric} is {value} which {PhraseOfNoMore(alarm.Operator)} the rule threshold ({alarm.ThresholdText})",
            AlarmKind.Stale => $"{alarm.Metric} sends no more samples; its last value was {value}. Silence is no recovery",
            AlarmKind.Test => $"This is a test, nothing was measured: the rule alarms when {alarm.Metric} {Comparison.Phrase(alarm.Operator)} the rule threshold ({alarm.ThresholdText})",
            _ => throw Unknown(alarm.Kind),
        };
    }

    private static string PhraseOfNoMore(ComparisonOperator comparison) => Comparison.Phrase(comparison) is var phrase && phrase.StartsWith("is ", StringComparison.Ordinal)
        ? $"is no longer {phrase.AsSpan(3)}"
        : $"no longer {phrase}";

    private static List<(string Name, string Value)> FieldsOf(AlarmRecord alarm)
    {
        var fields = new List<(string Name, string Value)>(6)
        {
            ("Rule id", alarm.RuleId.ToString()),
            ("Metric name", FieldText(alarm.Metric)),
            ("Metric value", DiscordMessage.Text(alarm.Value)),
            ("Rule threshold", FieldText(alarm.ThresholdText)),
        };
        if (alarm.Series.Tags.Count > 0)
            fields.Add(("Tags", FieldText(string.Join(", ", alarm.Series.Tags.Select(t => $"{t.Key}:{t.Value}")))));
        if (alarm.Suppressed > 0)
            fields.Add(("Suppressed", alarm.Suppressed.ToString(CultureInfo.InvariantCulture)));
        return fields;
    }

    // A blank value is refused, and the whole message with it.
    private static string FieldText(string text) => string.IsNullOrWhiteSpace(text) ? "-" : Cut(text, DiscordLimits.FieldValueMax);

    private static string Cut(string text, int charactersMax)
    {
        if (text.Length <= charactersMax)
            return text;
        var keep = charactersMax - Ellipsis.Length;
        if (char.IsHighSurrogate(text[keep - 1]))
            keep--;
        return string.Concat(text.AsSpan(0, keep), Ellipsis);
    }

    private static ArgumentOutOfRangeException Unknown(AlarmKind kind) => new(nameof(kind), kind, "no kind of alarm that a message is known for");
}
