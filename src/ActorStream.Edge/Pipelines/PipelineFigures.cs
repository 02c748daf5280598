using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Pipelines;

/// <summary>What a pipeline's rows and groups say together.</summary>
/// <param name="Windows">Sums over its groups; null while one of them does not answer: unknown, not 0.</param>
internal sealed record PipelineFigures(PipelineSpec Spec, IReadOnlyList<PipelinePartitionView> Partitions, IReadOnlyList<WindowGroupView> Groups, WindowSums? Windows)
{
    public long Processed => Partitions.Sum(p => p.Processed);

    public long Failed => Partitions.Sum(p => p.Unreadable);

    public static async Task<PipelineFigures> OfAsync(IPipelineFacade node, PipelineSpec spec, CancellationToken cancel)
    {
        var groups = await node.GroupsAsync(spec, cancel);
        return new PipelineFigures(spec, node.PartitionsOf(spec), groups, groups.Count == spec.KeyGroups ? WindowSums.Of(groups) : null);
    }
}

/// <param name="Created">Windows that got a first event.</param>
/// <param name="Completed">Gave a first result.</param>
/// <param name="Active">Open, or fired and still able to change.</param>
/// <param name="Expired">Closed for good.</param>
internal sealed record WindowSums(long? Created, long? Completed, long? Active, long? Expired)
{
    public static readonly WindowSums Unknown = new(null, null, null, null);

    public static WindowSums Of(IReadOnlyList<WindowGroupView> groups) => new(groups.Sum(g => g.Created), groups.Sum(g => g.Completed), groups.Sum(g => g.Active), groups.Sum(g => g.Expired));

    /// <summary>Unknown as soon as one is.</summary>
    public static WindowSums Of(IReadOnlyList<WindowSums?> all) => all.Any(a => a is null)
        ? Unknown
        : new WindowSums(all.Sum(a => a!.Created), all.Sum(a => a!.Completed), all.Sum(a => a!.Active), all.Sum(a => a!.Expired));
}
