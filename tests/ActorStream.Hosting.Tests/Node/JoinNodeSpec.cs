using System.Text.Json;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Pipelines;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>A join over a whole node with a file sink.</summary>
public sealed class JoinNodeSpec : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("as-join-").FullName;

    private string Output => Path.Combine(_folder, "rows.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_topics_are_joined_by_key_and_window_over_a_restart_and_each_row_is_one_line()
    {
        var orders = new PaidOrders(seed: 4711, partitions: 2);
        await using (var first = await StartAsync())
        {
            await orders.AppendAsync(first.Parts.Storage.Topics, 0, 150);
            await first.UntilAsync("/pbm/windows?pipeline_id=paid", w => w.GetProperty("windows").GetArrayLength() > 0);
        }

        var expected = orders.Expected();
        JsonElement books;
        await using (var second = await StartAsync())
        {
            await orders.AppendAsync(second.Parts.Storage.Topics, 150, 150);
            await orders.AppendEndAsync(second.Parts.Storage.Topics);
            await second.UntilAsync("/pbm/windows?pipeline_id=paid", w => w.GetProperty("windows").EnumerateArray().All(x => Text(x, "window_id").StartsWith("sliding_end_", StringComparison.Ordinal)));
            await UntilWrittenAsync(second, expected.Count);
            books = JsonDocument.Parse((await second.GetAsync("/pipelines/paid/stats")).Body).RootElement.GetProperty("books");
        }
        // Only now is the file nobody's.
        var said = Lines();

        Assert.True(expected.Count > 1_000 && expected.Values.Count(r => r.Right is null) > 20, $"too poor to show anything: {expected.Count} rows");
        Assert.Equal(expected.OrderBy(r => r.Key, StringComparer.Ordinal), Final(said).OrderBy(r => r.Key, StringComparer.Ordinal));
        Assert.Equal(said.Count, said.Select(l => (Text(l, "result_id"), l.GetProperty("revision").GetInt32())).Distinct().Count());
        // One more in each partition has closed the windows.
        Assert.Equal(orders.Count + 4, books.GetProperty("in").GetInt64());
        Assert.Equal(books.GetProperty("in").GetInt64(), new[] { "on_time", "late_accepted", "late_rejected", "refused" }.Sum(m => books.GetProperty(m).GetInt64()));
        Assert.True(books.GetProperty("late_rejected").GetInt64() > 0 && books.GetProperty("late_accepted").GetInt64() > 0, $"nothing was late: {books}");
    }

    [Fact]
    public async Task Watermarks_show_the_partitions_of_both_topics()
    {
        await using var node = await StartAsync();
        await new PaidOrders(seed: 1, partitions: 2).AppendAsync(node.Parts.Storage.Topics, 0, 50);

        await node.UntilAsync("/pbm/watermarks", w => w.GetProperty("watermarks").EnumerateObject().Count() == 4);

        var watermarks = JsonDocument.Parse((await node.GetAsync("/watermarks")).Body).RootElement;
        Assert.Equal(["paid/orders-in/0", "paid/orders-in/1", "paid/payments-in/0", "paid/payments-in/1"], watermarks.GetProperty("watermarks").EnumerateObject().Select(w => w.Name));
    }

    private async Task<RunningNode> StartAsync()
    {
        var node = await RunningNode.StartAsync(change: s => s with { Pipelines = [PaidOrders.Spec(Output)] }, kept: _folder, more: [(SettingsTable.MetricsPartitions, "2")]);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        return node;
    }

    /// <summary>The sink has taken so many rows at least, and for a while there is none that it has not.</summary>
    private static async Task UntilWrittenAsync(RunningNode node, int rows)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var (looks, before) = (0, -1L); looks < 10; await timer.WaitForNextTickAsync(patience.Token))
        {
            var head = node.Parts.Storage.Topics.StateOf("results.paid", 0).Head;
            var written = node.Parts.Storage.Commits.RowsOf("sink.paid.out").Select(r => r.Row.Position).SingleOrDefault();
            looks = head >= rows && written == head && head == before ? looks + 1 : 0;
            before = head;
        }
    }

    private IReadOnlyList<JsonElement> Lines() => [.. File.ReadLines(Output).Select(l => JsonDocument.Parse(l).RootElement)];

    private static Dictionary<string, (double Left, double? Right)> Final(IReadOnlyList<JsonElement> lines) => lines
        .Where(l => !Text(l, "window_id").StartsWith("sliding_end_", StringComparison.Ordinal))
        .GroupBy(l => Text(l, "result_id")).Select(g => g.MaxBy(l => l.GetProperty("revision").GetInt32()))
        .Where(l => !l.TryGetProperty("retracted", out _))
        .ToDictionary(l => Text(l, "result_id"), l => (ValueOf(l, "left")!.Value, ValueOf(l, "right")));

    private static string Text(JsonElement line, string member) => line.GetProperty(member).GetString()!;

    private static double? ValueOf(JsonElement line, string side) =>
        line.GetProperty("data").GetProperty(side) is { ValueKind: JsonValueKind.Object } e ? e.GetProperty("value").GetDouble() : null;
}
