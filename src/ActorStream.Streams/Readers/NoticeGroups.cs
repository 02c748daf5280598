namespace ActorStream.Streams.Readers;

/// <summary>The groups that webhooks are dealt to by <see cref="Domain.Rules.Webhook.GroupOf"/>.</summary>
public static class NoticeGroups
{
    /// <summary>Fixed for the life of a data folder.</summary>
    public const int Count = 16;

    public static string EntityId(int group) => $"group-{group}";

    public static IReadOnlyList<string> All => [.. Enumerable.Range(0, Count).Select(EntityId)];
}
