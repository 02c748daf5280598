using System.Globalization;
using System.Text.Json;
using ActorStream.Pbm.Output;

namespace ActorStream.Pbm.Commands;

/// <summary>Notice groups and their webhooks as rows.</summary>
internal static class Notices
{
    private const string None = "-";

    /// <summary>One row per webhook. A group without webhooks has none; a group that did not answer has one, all unknown.</summary>
    public static IEnumerable<Printed> List(JsonElement answer)
    {
        yield return new Table(["GROUP", "WEBHOOK", "QUEUED", "DELIVERED", "AMBIGUOUS", "STATE", "NEXT TRY"], [.. Cells.Items(answer, null).SelectMany(Rows)]);
        foreach (var group in Cells.Items(answer, null).Where(g => Cells.Member(g, "notices") is null))
            yield return new Line($"{Cells.Text(group, "group")} did not answer; what it holds is unknown.");
    }

    /// <summary>One row per webhook over all groups.</summary>
    public static IEnumerable<Printed> Webhooks(JsonElement answer)
    {
        yield return new Table(["WEBHOOK", "STATE", "BACKLOG", "DELIVERED", "AMBIGUOUS", "NEXT TRY", "LAST ANSWER"], Cells.Rows(answer, "webhooks", w =>
        [
            Cells.Text(w, "webhook"), Cells.Text(w, "state"), Cells.Text(w, "backlog"), Cells.Text(w, "delivered"), Cells.Text(w, "ambiguous"), NextTry(w), LastAnswer(w),
        ]));
        foreach (var group in Cells.Items(answer, "unknown"))
            yield return new Line($"{Cells.Text(group)} did not answer; what webhooks it holds is unknown.");
    }

    private static string LastAnswer(JsonElement webhook)
    {
        if (Cells.Member(webhook, "dead_reason") is { } dead)
            return Cells.Text(dead);
        return Cells.Member(webhook, "last_answer") is { } answer ? $"{Cells.Text(webhook, "last_answer_time")} {Cells.Text(answer)}" : None;
    }

    private static IEnumerable<string[]> Rows(JsonElement group)
    {
        var name = Cells.Text(group, "group");
        return Cells.Member(group, "notices") is { } notices
            ? Cells.Items(notices, "channels").Select(c => new[] { name, Cells.Text(c, "webhook"), Cells.Text(c, "queued"), Cells.Text(c, "delivered"), Cells.Text(c, "ambiguous"), State(c), NextTry(c) })
            : [[name, .. Enumerable.Repeat(Cells.Unknown, 6)]];
    }

    private static string State(JsonElement channel)
    {
        if (Cells.Member(channel, "dead_reason") is not null)
            return $"dead: {Cells.Text(channel, "dead_reason")}";
        if (Cells.Text(channel, "attempting") == "true")
            return "posting";
        if (Cells.Text(channel, "in_doubt") is not "0" and var inDoubt)
            return $"{inDoubt} in doubt";
        return Cells.Text(channel, "queued") == "0" ? "idle" : "waiting";
    }

    /// <summary>Absent here means that no try is planned. 0 is a webhook that was never told to wait.</summary>
    private static string NextTry(JsonElement channel)
    {
        if (Cells.Member(channel, "next_try_ms") is not { } next)
            return None;
        if (!next.TryGetInt64(out var ms) || ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            return Cells.Text(next);
        return ms <= 0 ? "now" : DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
    }
}
