using System.Globalization;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Sinks;

public sealed class MetricsWriterSpec(ITestOutputHelper output)
{
    private const string Metric = "p.avg";

    [Theory]
    [InlineData(ResultField.Avg, "3")]
    [InlineData(ResultField.Count, "2")]
    [InlineData(ResultField.Sum, "6")]
    [InlineData(ResultField.Min, "2")]
    [InlineData(ResultField.Max, "4")]
    [InlineData(ResultField.Last, "2.5")]
    public async Task A_result_is_a_sample_with_its_key_its_window_and_the_windows_end(ResultField field, string value)
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world, field);
        var result = Results.Of(1_000, avg: 3, key: "a\"b") with { Data = Results.Of(1_000, avg: 3).Data with { Last = 2.5 } };

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, result));

        Assert.Equal([(Metric, $$$"""{"value":{{{value}}},"tags":{"key":"a\"b","window":"tumbling"},"ts":2000}""")], world.Metrics());
        var (_, sampleText) = world.Metrics().Single();
        Assert.True(new SampleJson(new SeriesInterner()).TryRead(System.Text.Encoding.UTF8.GetBytes(sampleText), out var sample, out _));
        Assert.Equal((double.Parse(value, CultureInfo.InvariantCulture), 2_000L), (sample.Value, sample.TimeMs));
    }

    [Fact]
    public async Task A_retraction_is_skipped_and_leaves_no_gap()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);

        await SinkWorld.WriteAsync(
            writer, await world.ClaimAsync(),
            Results.Chunk(0, Results.Retracted(9_000), Results.Of(0, avg: 1)), Results.Chunk(2, Results.Retracted(9_000)), Results.Chunk(3, Results.Of(0, avg: 2, revision: 1)));

        Assert.Equal([1, 2], Values(world));
        Assert.Equal((4L, 2L, 2L), (world.Committed.Counters.Records, world.Committed.Counters.Routed, world.Committed.Counters.Unrouted));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(null)]
    public async Task Whatever_dies_between_append_and_commit_and_wherever_chunks_are_cut_each_sample_is_there_once(int? given)
    {
        var seed = given ?? Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        WindowResult[] results = [.. Enumerable.Range(0, 200).Select(i => random.Next(4) == 0 ? Results.Retracted(i) : Results.Of(1_000L * i, avg: i))];
        await using var world = await SinkWorld.OpenAsync();
        var zombies = new List<(MetricsWriter Writer, CommitRow Row)>();

        while (true)
        {
            var row = await world.ClaimAsync();
            if (row.Position == results.Length)
                break;
            var dying = new DyingCommits(world.Storage.Commits, random.Next(3));
            var writer = NewWriter(world, commits: dying);
            while (row.Position < results.Length)
            {
                var count = Math.Min(random.Next(1, 12), results.Length - (int)row.Position);
                (var outcome, var next) = await writer.WriteAsync(row, Results.Chunk(row.Position, results.Skip((int)row.Position).Take(count)));
                if (outcome != CommitOutcome.Committed)
                    break;
                row = next;
            }
            zombies.Add((writer, row));
            // One that should be dead wakes up and goes on from where it believed to be.
            var (zombie, at) = zombies[random.Next(zombies.Count)];
            if (at.Position < results.Length)
                await zombie.WriteAsync(at, Results.Chunk(at.Position, results.Skip((int)at.Position).Take(random.Next(1, 30))));
        }

        Assert.Equal([.. results.Where(r => !r.IsRetracted).Select(r => r.Data.Avg)], Values(world));
    }

    [Fact]
    public async Task A_name_that_another_kind_of_sink_had_begins_its_numbers_at_one()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);
        var row = await world.ClaimAsync();
        await world.Storage.Commits.CommitAsync(SinkWorld.Partition, row with { Serial = 1, Position = 4, ProcessorState = BitConverter.GetBytes(4_711L) });

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(4, Results.Of(0, avg: 1)));

        Assert.Equal([1], Values(world));
    }

    [Fact]
    public async Task A_result_from_before_the_pipeline_aggregated_last_is_a_dead_letter()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world, ResultField.Last);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(0, avg: 1), Results.Of(1_000, avg: 1) with { Data = new WindowData(1, 1, 1, 1, 1, 0) { Last = 8 } }));

        Assert.Equal([8], Values(world));
        Assert.Contains("holds no last", Assert.Single(world.Storage.DeadLetters.List(10)).Detail, StringComparison.Ordinal);
    }

    private static double[] Values(SinkWorld world) =>
        [.. world.Metrics().Select(m => System.Text.Json.JsonDocument.Parse(m.Value).RootElement.GetProperty("value").GetDouble())];

    private static MetricsWriter NewWriter(SinkWorld world, ResultField field = ResultField.Avg, ICommitStore? commits = null) => new(
        SinkWorld.Partition, new SinkSpec(SinkKind.Metrics, "out", Metric) { Field = field }, world.Storage.Topics, commits ?? world.Storage.Commits, world.Storage.DeadLetters);

    /// <summary>Takes some commits; the next one never reaches the database.</summary>
    private sealed class DyingCommits(ICommitStore inner, int taken) : ICommitStore
    {
        private int _left = taken;

        public Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default) => inner.ClaimAsync(partition, startAt, cancel);

        public Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default) =>
            _left-- > 0 ? inner.CommitAsync(partition, row, cancel) : Task.FromResult(CommitOutcome.Unknown);

        public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => inner.RowsOf(group);
    }
}
