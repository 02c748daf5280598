using System.Globalization;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Checkpoints;
using ActorStream.Storage.Contracts;

namespace ActorStream.Node.Cli;

/// <summary>Checkpoints as text: a table of partitions and one of key groups for each pipeline, sums for all else.</summary>
internal static class CheckpointList
{
    private const string None = "-";

    public static async Task WriteAsync(IStateReader state, PipelineBook pipelines, string? only, TextWriter output)
    {
        var topics = state.Topics().ToDictionary(t => t.Name, StringComparer.Ordinal);
        var commits = state.Commits();
        var entities = state.Of(state.PersistenceIds());
        foreach (var id in StoredPipelines.Ids(pipelines, state).Where(id => only is null || id == only))
        {
            await output.WriteLineAsync($"pipeline {id}");
            await WriteAsync(output, ["PARTITION", "POSITION", "HEAD", "LAG", "EPOCH", "SERIAL", "WATERMARK", "IDLE"], commits.Where(c => c.Partition.Group == $"pipeline.{id}").Select(c => Partition(c.Partition, c.Row, pipelines.Entries.GetValueOrDefault(id)?.Spec, topics)));
            await WriteAsync(output, ["KEY GROUP", "SEQUENCE", "SNAPSHOT", "EVENTS", "EVENT BYTES", "SNAPSHOT BYTES", "LAST EVENT"], entities.Where(e => StoredPipelines.IdOf(e.PersistenceId) == id).OrderBy(e => GroupOf(e.PersistenceId)).Select(Group));
        }
        if (only is not null)
            return;
        foreach (var type in entities.Where(e => StoredPipelines.IdOf(e.PersistenceId) is null).GroupBy(e => e.PersistenceId.Split('-')[0]))
            await output.WriteLineAsync($"{type.Key}: {type.Count()} entities, {type.Sum(e => e.Events)} events since snapshots in {type.Sum(e => e.EventBytes)} bytes, snapshots of {type.Sum(e => e.SnapshotBytes)} bytes");
    }

    private static string[] Partition(PartitionId partition, CommitRow row, PipelineSpec? pipeline, IReadOnlyDictionary<string, StoredTopic> topics)
    {
        var head = topics.TryGetValue(partition.Topic, out var topic) && topic.Incarnation == partition.Incarnation ? topic.Partitions.Where(p => p.Partition == partition.Partition).Select(p => (long?)p.Head).FirstOrDefault() : null;
        var watermark = row.MaxEventTime == PartitionId.NoTime || pipeline is null ? None : TimeOf(row.MaxEventTime - pipeline.Watermark.DelayMs);
        return [$"{partition.Topic}/{partition.Partition}", Number(row.Position), head is { } end ? Number(end) : None, head is { } to ? Number(Math.Max(0, to - row.Position)) : None, Number(row.Epoch), Number(row.Serial), watermark, row.Idle ? "yes" : "no"];
    }

    private static string[] Group(EntityCheckpoint e) =>
        [$"{GroupOf(e.PersistenceId)}", Number(e.Sequence), e.SnapshotSequence == 0 ? None : Number(e.SnapshotSequence), Number(e.Events), Number(e.EventBytes), Number(e.SnapshotBytes), e.LastEventMs is { } at ? TimeOf(at) : None];

    private static int GroupOf(string persistenceId) => int.TryParse(persistenceId.AsSpan(persistenceId.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var group) ? group : -1;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A source that has ended has a time beyond all.</summary>
    private static string TimeOf(long ms) => ms < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? "end of time"
        : DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static async Task WriteAsync(TextWriter output, string[] headings, IEnumerable<string[]> rows)
    {
        string[][] lines = [headings, .. rows];
        var widths = Enumerable.Range(0, headings.Length).Select(i => lines.Max(l => l[i].Length)).ToArray();
        foreach (var line in lines)
            await output.WriteLineAsync("  " + string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
