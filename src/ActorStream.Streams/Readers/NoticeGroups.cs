using ActorStream.Domain.Rules;

namespace ActorStream.Streams.Readers;

/// <summary>Which notice group delivers to a webhook: a stable hash of its URL, never the URL itself, which holds a token.</summary>
public static class NoticeGroups
{
    /// <summary>Fixed for the life of a data folder.</summary>
    public const int Count = 16;

    public static int Of(string webhookUrl, int groups) => Webhook.GroupOf(webhookUrl, groups);

    public static string EntityId(int group) => $"group-{group}";

    public static IReadOnlyList<string> All => [.. Enumerable.Range(0, Count).Select(EntityId)];
}
