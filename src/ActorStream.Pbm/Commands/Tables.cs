using System.Text.Json;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm.Commands;

/// <summary>Which members of an answer stand in which column.</summary>
internal static class Tables
{
    private static readonly string[] Types = ["readers", "alarms", "notices", "windows"];

    public static IEnumerable<Printed> Cluster(JsonElement answer)
    {
        yield return new Table(
            ["ADDRESS", "STATUS", "REACHABLE", "ROLES", "VERSION", .. Types.Select(t => t.ToUpperInvariant()), "HTTP", "MANAGEMENT", "PID", ""],
            Cells.Rows(answer, "members", m =>
            [
                Cells.Text(m, "address"), Cells.Text(m, "status"), Cells.Text(m, "reachable"), Cells.Text(m, "roles"), Cells.Text(m, "version"),
                .. Types.Select(t => Cells.Text(Cells.Member(m, "shards"), t)),
                Cells.Text(m, "http_url"), Cells.Text(m, "management"), Cells.Text(m, "process_id"), Notes(m, answer),
            ]));
        foreach (var silent in Cells.Items(answer, "unknown"))
            yield return new Line($"{silent} did not answer; its counts are unknown.");
    }

    public static IEnumerable<Printed> Status(JsonElement answer)
    {
        yield return Facts(answer, ["cluster", "self", "self_status", "leader", "members", "unreachable_members"]);
        var why = Cells.Member(answer, "not_ready");
        yield return new Line(why is { ValueKind: JsonValueKind.String } ? $"Not ready: {why.Value.GetString()}" : "Ready.");
    }

    public static IEnumerable<Printed> ShardTypes(JsonElement answer)
        => [Columns(answer, null, "type", "regions", "shards", "entities")];

    /// <summary>The regions of one type, or the sums when no type was named.</summary>
    public static IEnumerable<Printed> Shards(JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.Array && answer.GetArrayLength() > 0 && answer[0].TryGetProperty("regions", out _))
            return ShardTypes(answer);
        return [new Table(["NODE", "SHARD", "ENTITIES", "IDS"], [.. Cells.Items(answer, null).SelectMany(ShardRows)])];
    }

    public static IEnumerable<Printed> Sources(JsonElement answer)
        => [Columns(answer, null, "group", "topic", "partition", "owner", "committed", "head", "lag", "commit_age_ms")];

    public static IEnumerable<Printed> Alarms(JsonElement answer)
        => [Columns(answer, null, "time", "metric", "value", "operator", "threshold", "state", "rule_id", "id")];

    public static IEnumerable<Printed> AlarmEntity(JsonElement answer)
    {
        yield return Facts(answer, ["metric", "node", "outbox", "sequence", "feeding_partitions"]);
        yield return Columns(answer, "rules", "rule_id", "operator", "threshold", "last_value", "last_time_ms", "raised");
        yield return Pairs(answer, "applied", "PARTITION", "APPLIED");
    }

    public static IEnumerable<Printed> Rules(JsonElement answer)
        => [new Table(
            ["ID", "METRIC", "OPERATOR", "THRESHOLD", "WEBHOOK"],
            // An operator left at its default is not in the document.
            Cells.Rows(answer, null, r => [Cells.Text(r, "id"), Cells.Text(r, "metric_name"), Cells.Member(r, "operator") is null ? ">" : Cells.Text(r, "operator"), Cells.Text(r, "threshold"), Cells.Text(r, "discord_webhook_url")]))];

    public static IEnumerable<Printed> DeadLetters(JsonElement answer)
    {
        yield return Pairs(answer, "counts", "REASON", "COUNT");
        yield return Columns(answer, "letters", "time", "reason", "source", "id", "detail", "excerpt");
    }

    internal static Table Columns(JsonElement answer, string? list, params string[] members)
        => new([.. members.Select(m => m.Replace('_', ' ').ToUpperInvariant())], Cells.Rows(answer, list, row => [.. members.Select(m => Cells.Text(row, m))]));

    internal static Table Facts(JsonElement answer, string[] members)
        => new([], [.. members.Select(m => new[] { m.Replace('_', ' '), Cells.Text(answer, m) })]);

    private static Table Pairs(JsonElement answer, string map, string key, string value)
        => new([key, value], Cells.Member(answer, map) is { ValueKind: JsonValueKind.Object } pairs ? [.. pairs.EnumerateObject().Select(p => new[] { p.Name, Cells.Text(p.Value) })] : []);

    private static IEnumerable<string[]> ShardRows(JsonElement region)
    {
        var node = Cells.Text(region, "node");
        if (Cells.Member(region, "shards") is not { ValueKind: JsonValueKind.Array } shards)
            return [[node, Cells.Unknown, Cells.Unknown, Cells.Unknown]];
        return shards.EnumerateArray().Select(s => new[] { node, Cells.Text(s, "shard_id"), Cells.Text(s, "entities"), Cells.Text(s, "entity_ids") });
    }

    private static string Notes(JsonElement member, JsonElement answer)
    {
        var notes = new List<string>();
        if (Cells.Text(member, "is_self") == "true")
            notes.Add("self");
        if (Cells.Text(member, "address") == Cells.Text(answer, "leader"))
            notes.Add("leader");
        return string.Join(", ", notes);
    }
}
