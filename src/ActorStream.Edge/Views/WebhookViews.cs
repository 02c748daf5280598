using ActorStream.Domain.Notices;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Views;

/// <param name="Unknown">Notice groups that did not answer in time: what webhooks they hold is unknown.</param>
internal sealed record WebhooksView(IReadOnlyList<WebhookView> Webhooks, IReadOnlyList<string> Unknown)
{
    public static WebhooksView Of(IReadOnlyList<NoticeGroupView> groups) => new(
        [.. groups.SelectMany(g => g.Notices?.Channels.Select(c => WebhookView.Of(g.Group, c)) ?? [])],
        [.. groups.Where(g => g.Notices is null).Select(g => g.Group)]);
}

/// <param name="Webhook">Masked, whoever asks.</param>
/// <param name="State"><c>dead</c>, <c>posting</c>, <c>in-doubt</c>, <c>waiting</c> or <c>idle</c>.</param>
/// <param name="Backlog">Alarms queued, those under way included.</param>
/// <param name="Ambiguous">Attempts made although the one before had no known outcome: so many alarms at most may have arrived twice.</param>
/// <param name="NextTry">Null: nothing waits, an attempt is under way, or it is dead.</param>
/// <param name="LastAnswer">Null: none since the group's node took it over.</param>
internal sealed record WebhookView(
    string Id, string Webhook, string Group, string State, int Backlog, int InDoubt, long Delivered, long Ambiguous, DateTimeOffset? NextTry, long? NextTryMs, string? LastAnswer, DateTimeOffset? LastAnswerTime, string? DeadReason)
{
    public static WebhookView Of(string group, ChannelDescription c) => new(
        c.Key, c.Webhook, group, StateOf(c), c.Queued, c.InDoubt, c.Delivered, c.Ambiguous, c.NextTryMs is { } next ? Reply.Time(next) : null, c.NextTryMs,
        c.LastAnswer, c.LastAnswerMs is { } at ? Reply.Time(at) : null, c.DeadReason);

    private static string StateOf(ChannelDescription c) => c switch
    {
        { DeadReason: not null } => "dead",
        { Attempting: true } => "posting",
        { InDoubt: > 0 } => "in-doubt",
        { Queued: > 0 } => "waiting",
        _ => "idle",
    };
}
