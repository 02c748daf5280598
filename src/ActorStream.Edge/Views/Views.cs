using System.Text.Json.Serialization;
using ActorStream.Edge.Pipelines;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Views;

/// <param name="Status"><c>running</c>, or <c>degraded</c> while something it needs is away; what was taken is kept either way.</param>
/// <param name="Detail">What is away, and since it goes on by itself: nothing to do but bring it back.</param>
/// <param name="Stats">Null while the database that holds them is away.</param>
internal sealed record NodeStatusView(string Status, string? Detail, StatusStats? Stats, DateTimeOffset Timestamp);

/// <param name="Status"><c>healthy</c> or <c>unhealthy</c>.</param>
/// <param name="ProcessorRunning">Whether samples are being judged: the node is ready.</param>
/// <param name="Detail">What is not ready; absent when healthy.</param>
internal sealed record HealthView(string Status, DateTimeOffset Timestamp, bool ProcessorRunning, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail);

internal sealed record StatusView(string Status);

internal sealed record LetterView(string Id, string Reason, string Source, DateTimeOffset? Time, long TimeMs, string Detail, string Excerpt)
{
    public static LetterView Of(DeadLetterEntry letter) => new(letter.Id, letter.Reason, letter.Source, Reply.Time(letter.TimeMs), letter.TimeMs, letter.Detail, letter.Excerpt);
}

/// <param name="Counts">Exact per reason; the letters are capped per reason and minute.</param>
internal sealed record DeadLettersView(IReadOnlyDictionary<string, long> Counts, IReadOnlyList<LetterView> Letters)
{
    public static DeadLettersView Of(DeadLetterPage page) => new(page.Counts, [.. page.Letters.Select(LetterView.Of)]);
}

/// <param name="Shards">Null: a region did not answer, so the sum is unknown.</param>
/// <param name="Entities">As <paramref name="Shards"/>.</param>
internal sealed record ShardTypeView(string Type, int Regions, int? Shards, int? Entities)
{
    public static ShardTypeView Of(string type, IReadOnlyList<ShardRegionView> regions)
    {
        var isWhole = regions.Count > 0 && regions.All(r => r.Shards is not null);
        return new ShardTypeView(type, regions.Count, isWhole ? regions.Sum(r => r.Shards!.Count) : null, isWhole ? regions.Sum(r => r.Shards!.Sum(s => s.Entities)) : null);
    }
}

/// <param name="UnreachableMembers">Members the failure detector suspects.</param>
/// <param name="NotReady">Null: ready. Else the sentence that says what is not.</param>
internal sealed record ClusterStatusView(string Cluster, string Self, string? SelfStatus, string? Leader, int Members, int UnreachableMembers, string? NotReady)
{
    public static ClusterStatusView Of(ClusterView cluster, string? notReady) => new(
        cluster.Cluster, cluster.Self, cluster.Members.FirstOrDefault(m => m.IsSelf)?.Status, cluster.Leader, cluster.Members.Count, cluster.Members.Count(m => !m.Reachable), notReady);
}

internal sealed record AlarmIdView(string Id);

internal sealed record MessageView(string Message);
