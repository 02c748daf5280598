using System.Net;
using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using ActorStream.Tests.Shared;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary><c>POST /checkpoint</c> of whole nodes: over files, whose end only their reader knows, and on PostgreSQL.</summary>
public sealed class CheckpointOfNodeSpec : IDisposable
{
    private const int Lines = 5_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("as-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Over_a_file_it_is_answered_when_all_that_its_reader_had_read_is_committed()
    {
        var path = Path.Combine(_folder, "in.jsonl");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, Lines).Select(i => $$"""{"partition_key":"k{{i % 7}}","event_time":{{OrdersPipeline.FirstMs + i}},"value":{{i}}}"""));
        // Time enough to ask before it commits by itself.
        var spec = OrdersPipeline.Spec with { Source = SourceSpec.OfFiles(path), CheckpointMs = 3_000 };
        await using var node = await RunningNode.StartAsync(change: s => s with { Pipelines = [spec] });
        await node.UntilAsync("/ready", (status, _) => status == 200);
        await node.UntilAsync("/alive", (_, _) => ReadBy(node, spec) == new FileInfo(path).Length);
        var before = PositionOf(node, spec);

        using var reply = await node.PostAsync("/checkpoint", new { });

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(new FileInfo(path).Length, PositionOf(node, spec));
        Assert.True(before < PositionOf(node, spec), "It had committed all before it was asked: nothing was waited for.");
    }

    [SkippableFact]
    public async Task On_PostgreSQL_it_is_answered_when_all_that_was_in_the_source_is_committed()
    {
        var place = PostgresServer.Shared.NewDatabase();
        await using var node = await RunningNode.StartAsync(postgres: place, change: s => s with { Pipelines = [OrdersPipeline.Spec] }, more: [(SettingsTable.MetricsPartitions, "2")]);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        await OrdersPipeline.AppendAsync(node.Parts.Storage.Topics, 0, Lines);

        using var reply = await node.PostAsync("/checkpoint", new { });

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(2L * Lines, PostgresServer.Scalar(place, $"SELECT sum(position)::bigint FROM commit_row WHERE reader_group = '{OrdersPipeline.Spec.ReaderGroup}'"));
        Assert.True(JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement.GetProperty("checkpoint_size").GetInt64() >= 1);
    }

    /// <summary>Bytes; 0 while no reader runs.</summary>
    private static long ReadBy(RunningNode node, PipelineSpec spec) => node.Parts.Readers.Local.Running.Where(r => r.Partition.Group == spec.ReaderGroup).Sum(r => r.Progress.Next);

    private static long PositionOf(RunningNode node, PipelineSpec spec) => node.Parts.Storage.Commits.RowsOf(spec.ReaderGroup).Sum(r => r.Row.Position);
}
