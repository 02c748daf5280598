using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Nodes;
using Akka.Hosting;

namespace ActorStream.Hosting.Facade;

/// <summary>One request for a checkpoint: notes where the sources of all running pipelines end, then waits until everything up to there is committed.</summary>
/// <param name="only">Null: all. Else this pipeline alone.</param>
/// <remarks>A commit says that what lies below is in the journal and that its results are taken by their topic (protocol.md rule 10), so nothing is asked of the groups themselves.
/// Readers commit each second by themselves. A file's end is what its reader has read.</remarks>
internal sealed class CheckpointWait(NodeParts parts, PipelinePositions positions, IPipelineFacade pipelines, IReadOnlyActorRegistry registry, string? only = null)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, long> _ends = [];

    public async Task<CheckpointView> RunAsync(CancellationToken cancel)
    {
        var began = parts.Time.GetTimestamp();
        while (true)
        {
            var missing = await MissingAsync(cancel);
            if (missing is null || parts.Time.GetElapsedTime(began) >= Patience)
                return new CheckpointView(parts.Time.GetUtcNow(), await OpenWindowsAsync(cancel), missing);
            await Task.Delay(LookEvery, parts.Time, cancel);
        }
    }

    /// <summary>A pipeline that is stopped meanwhile is waited for no longer.</summary>
    private async Task<string?> MissingAsync(CancellationToken cancel)
    {
        string? missing = null;
        foreach (var partition in Running.SelectMany(positions.Of))
        {
            if (await EndOfAsync(partition, cancel) is not { } end)
                missing ??= $"The reader of {partition.Name} did not say how far it has read within {Patience.TotalSeconds:0} s, so nothing is known of its checkpoint. Ask again when its node is there.";
            else if (partition.Position < end)
                missing ??= $"{partition.Name} has committed {partition.Position} and not {end}, where it ended when the checkpoint was asked for, within {Patience.TotalSeconds:0} s. It goes on by itself; ask again when it is less behind.";
        }
        return missing;
    }

    private IEnumerable<PipelineSpec> Running => pipelines.All.Where(p => p.IsRunning && (only is null || p.Spec.Id == only)).Select(p => p.Spec);

    /// <summary>As it was at the first look.</summary>
    private async Task<long?> EndOfAsync(PipelinePartitionView partition, CancellationToken cancel)
    {
        if (_ends.TryGetValue(partition.Name, out var known))
            return known;
        if ((partition.Head ?? await NextOfAsync(partition.ReaderId, cancel)) is not { } end)
            return null;
        _ends.Add(partition.Name, end);
        return end;
    }

    private async Task<long?> NextOfAsync(string readerId, CancellationToken cancel) => (await ClusterQuestions.ReaderAsync(registry.Get<ReadersRegion>(), readerId, cancel))?.Next;

    private async Task<long> OpenWindowsAsync(CancellationToken cancel)
    {
        var groups = await Task.WhenAll(Running.Select(p => pipelines.GroupsAsync(p, cancel)));
        return groups.SelectMany(g => g).Sum(g => (long)g.OpenWindows);
    }
}
