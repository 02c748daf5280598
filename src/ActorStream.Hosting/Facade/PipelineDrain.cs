using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Streams.Windows;
using Akka.Cluster;
using Akka.Hosting;

namespace ActorStream.Hosting.Facade;

/// <summary>One pipeline brought to rest.</summary>
/// <remarks>
/// 1. What its source held when it was asked for is committed, as a checkpoint has it. 2. Every group has fired up to the watermark of that, with all results taken by their topic; each is asked until it was seen so once.
/// 3. The pipeline is stopped. 4. No node has a reader of its source any more. 5. Every sink has committed the head of the results.
/// What came after it was asked for may be read too, and its windows then fire when the pipeline is started again.
/// </remarks>
internal sealed class PipelineDrain(
    NodeParts parts, PipelinePositions positions, IPipelineFacade pipelines, IReadOnlyActorRegistry registry, ClusterQuestions questions, Akka.Cluster.Cluster cluster)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    public async Task<string?> RunAsync(PipelineSpec pipeline, CancellationToken cancel)
    {
        var began = parts.Time.GetTimestamp();
        if (pipelines.All.Any(p => p.Spec.Id == pipeline.Id && p.IsRunning))
        {
            var checkpoint = await new CheckpointWait(parts, positions, pipelines, registry, pipeline.Id).RunAsync(cancel);
            var settled = new HashSet<int>();
            var watermarks = positions.Of(pipeline).Select(p => p.WatermarkMs).ToList();
            var missing = checkpoint.Missing ?? await UntilAsync(began, () => WhyNotFiredAsync(pipeline, watermarks.Contains(null) ? null : watermarks.Min(), settled, cancel), cancel);
            if (missing is not null)
                return $"{missing} The pipeline still runs.";
            await pipelines.RunAsync(pipeline.Id, false, cancel);
        }
        return await UntilAsync(began, () => WhyNotAtRestAsync(pipeline, cancel), cancel) is { } rest ? $"{rest} The pipeline is stopped; drain it again to wait for the rest." : null;
    }

    private async Task<string?> UntilAsync(long began, Func<Task<string?>> why, CancellationToken cancel)
    {
        while (true)
        {
            var missing = await why();
            if (missing is null || parts.Time.GetElapsedTime(began) >= CheckpointWait.Patience)
                return missing;
            await Task.Delay(LookEvery, parts.Time, cancel);
        }
    }

    /// <param name="watermark">Null: there is none yet.</param>
    /// <param name="settled">Groups that were seen so; those are added that are now.</param>
    private async Task<string?> WhyNotFiredAsync(PipelineSpec pipeline, long? watermark, HashSet<int> settled, CancellationToken cancel)
    {
        var groups = await pipelines.GroupsAsync(pipeline, cancel);
        settled.UnionWith(groups.Where(g => g.HasFiredUpTo(watermark)).Select(g => g.Group));
        var missing = Enumerable.Range(0, pipeline.KeyGroups).Where(g => !settled.Contains(g)).ToList();
        return missing.Count == 0 ? null : $"{missing.Count} of {pipeline.KeyGroups} key groups, {missing[0]} first, did not say that everything up to the watermark has fired and is taken by {pipeline.Windows.ResultsTopic}.";
    }

    /// <summary>Null: it is at rest.</summary>
    private async Task<string?> WhyNotAtRestAsync(PipelineSpec pipeline, CancellationToken cancel)
    {
        if (await WhoReadsAsync(pipeline, cancel) is { } reads)
            return reads;
        var groups = await pipelines.GroupsAsync(pipeline, cancel);
        if (groups.Count < pipeline.KeyGroups)
            return $"{pipeline.KeyGroups - groups.Count} of {pipeline.KeyGroups} key groups did not answer.";
        if (groups.FirstOrDefault(g => g.Outbox > 0) is { } behind)
            return $"Key group {behind.Group} has {behind.Outbox} results that their topic has not taken.";
        var head = parts.Storage.Topics.StateOf(pipeline.Windows.ResultsTopic, 0).Head;
        foreach (var sink in pipeline.Sinks)
        {
            var position = parts.Storage.Commits.RowsOf(PipelineGroups.SinkGroupOf(pipeline, sink)).Select(r => r.Row.Position).DefaultIfEmpty(0).Max();
            if (position < head)
                return $"Sink {sink.Name} has written {position} of {head} results.";
        }
        return null;
    }

    /// <summary>Null: every node knows that it is stopped, and none reads its source.</summary>
    private async Task<string?> WhoReadsAsync(PipelineSpec pipeline, CancellationToken cancel)
    {
        var stoppedAt = parts.Pipelines.Current.Entries.GetValueOrDefault(pipeline.Id)?.Position ?? parts.Pipelines.Current.Position;
        foreach (var member in cluster.State.Members.Where(m => m.HasRole(NodeRoles.Ingest)))
        {
            var report = await questions.AskNodeAsync<ReadersReport>(member, NodeAgentActor.AskReaders, pipeline.ReaderGroup, cancel);
            if (report is null)
                return $"{member.Address} did not say whether it still reads.";
            if (report.Position < stoppedAt)
                return $"{member.Address} does not know yet that the pipeline is stopped.";
            if (report.Readers.Length > 0)
                return $"{member.Address} still reads {string.Join(", ", report.Readers)}.";
        }
        return null;
    }
}
