using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Pipelines;

/// <summary>Checkpoints of pipelines, a page of key groups at a time.</summary>
/// <param name="Sums">Over all pipelines asked for, whatever the page holds.</param>
/// <param name="Next">The mark of the next page; null: this is the last.</param>
internal sealed record CheckpointsView(CheckpointSums Sums, IReadOnlyList<PipelineCheckpoint> Checkpoints, string? Next)
{
    /// <summary>Null: no key group has the mark <paramref name="after"/>.</summary>
    public static CheckpointsView? Of(IReadOnlyList<PipelineCheckpointView> pipelines, string? after, int limit)
    {
        var groups = pipelines.SelectMany(p => p.Groups.Select((g, i) => (Pipeline: p, Group: i, Figures: g))).ToArray();
        var from = after is null ? 0 : Array.FindIndex(groups, g => MarkOf(g.Pipeline, g.Group) == after) + 1;
        if (after is not null && from == 0)
            return null;
        var page = groups.Skip(from).Take(limit).ToArray();
        var last = page.Length > 0 && from + page.Length < groups.Length ? MarkOf(page[^1].Pipeline, page[^1].Group) : null;
        return new CheckpointsView(
            CheckpointSums.Of(pipelines),
            [.. page.GroupBy(g => g.Pipeline).Select(g => new PipelineCheckpoint(
                g.Key.Pipeline.Spec.Id, g.Key.Pipeline.IsRunning, [.. g.Key.Partitions.Select(PartitionCheckpoint.Of)], [.. g.Select(x => GroupCheckpoint.Of(x.Group, x.Figures))]))],
            last);
    }

    private static string MarkOf(PipelineCheckpointView pipeline, int group) => pipeline.Pipeline.Spec.EntityId(group);
}

/// <param name="LagRecords">Stored and not committed; null: of some partition only its reader knows (files).</param>
/// <param name="Events">What a restart of all would replay.</param>
internal sealed record CheckpointSums(int Pipelines, int Partitions, long? LagRecords, int KeyGroups, long Events, long EventBytes, long SnapshotBytes)
{
    public static CheckpointSums Of(IReadOnlyList<PipelineCheckpointView> pipelines)
    {
        var partitions = pipelines.SelectMany(p => p.Partitions).Select(p => p.Partition).ToArray();
        var groups = pipelines.SelectMany(p => p.Groups).ToArray();
        return new CheckpointSums(
            pipelines.Count, partitions.Length, partitions.Any(p => p.Held is null) ? null : partitions.Sum(p => p.Held!.Value), groups.Length,
            groups.Sum(g => g.Events), groups.Sum(g => g.EventBytes), groups.Sum(g => g.SnapshotBytes));
    }
}

internal sealed record PipelineCheckpoint(string PipelineId, bool Running, IReadOnlyList<PartitionCheckpoint> Partitions, IReadOnlyList<GroupCheckpoint> KeyGroups);

/// <param name="Position">Where a reader would begin; below it everything is durable.</param>
/// <param name="Epoch">Rises with each start of its reader.</param>
/// <param name="Serial">Commits of this reader.</param>
/// <param name="CommittedAt">Null: unknown.</param>
internal sealed record PartitionCheckpoint(string Partition, long Position, long? Head, long? LagRecords, long Epoch, long Serial, DateTimeOffset? Watermark, bool Idle, DateTimeOffset? CommittedAt)
{
    public static PartitionCheckpoint Of(SourceCheckpointView source)
    {
        var p = source.Partition;
        return new PartitionCheckpoint(
            p.Name, p.Position, p.Head, p.Held, p.Epoch, p.Serial, p.WatermarkMs is { } w ? Reply.Time(w) : null, p.IsIdle, source.CommittedAtMs is { } at ? Reply.Time(at) : null);
    }
}

/// <param name="Sequence">Of its last event; 0: none.</param>
/// <param name="SnapshotSequence">0: no snapshot yet.</param>
/// <param name="Events">After the snapshot.</param>
/// <param name="LastEventAt">Null: none.</param>
internal sealed record GroupCheckpoint(int Group, long Sequence, long SnapshotSequence, long Events, long EventBytes, long SnapshotBytes, DateTimeOffset? LastEventAt)
{
    public static GroupCheckpoint Of(int group, EntityCheckpoint f) => new(group, f.Sequence, f.SnapshotSequence, f.Events, f.EventBytes, f.SnapshotBytes, f.LastEventMs is { } at ? Reply.Time(at) : null);
}
