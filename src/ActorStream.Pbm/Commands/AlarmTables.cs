using System.Text.Json;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm.Commands;

/// <summary>One alarm from its sample to its last attempt.</summary>
internal static class AlarmTables
{
    private const string None = "-";

    public static IEnumerable<Printed> Explain(JsonElement answer)
    {
        if (Cells.Member(answer, "alarm") is not { } alarm)
            yield break;
        yield return Tables.Facts(alarm, ["id", "state", "metric", "value", "operator", "threshold", "time", "append_time", "source", "offset", "rule_id", "rule_version", "episode", "suppressed"]);
        yield return new Table(["TAG", "VALUE"], [.. Tags(alarm)]);
        yield return Tables.Columns(answer, "gates", "gate", "sentence");
        if (Cells.Member(answer, "evidence") is { } evidence)
        {
            yield return new Table([], [["sample value", Cells.Text(evidence, "sample_value")], ["feeding partitions", Cells.Text(evidence, "feeding_partitions")]]);
            if (Cells.Member(evidence, "window") is { } window)
                yield return Tables.Columns(window, "newest", "time", "value");
        }
        yield return new Table(["ATTEMPT", "STARTED", "ENDED", "OUTCOME", "MAYBE TWICE", "ANSWER"], Cells.Rows(answer, "deliveries", d =>
        [
            Cells.Text(d, "attempt"), Cells.Text(d, "started"), Cells.Text(d, "ended"), Cells.Text(d, "outcome"), Cells.Text(d, "is_ambiguous"), Cells.Text(d, "answer") is { Length: > 0 } said ? said : None,
        ]));
        if (!Cells.Items(answer, "deliveries").Any())
            yield return new Line("It was not sent yet.");
    }

    private static IEnumerable<string[]> Tags(JsonElement alarm)
        => Cells.Member(alarm, "tags") is { ValueKind: JsonValueKind.Object } tags ? tags.EnumerateObject().Select(t => new[] { Cells.Printable(t.Name), Cells.Text(t.Value) }) : [];
}
