using ActorStream.Storage.Sqlite;
using System.Net;
using System.Text.Json;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Node.Demo;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Wire.Topics;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>One class, so that one node at a time has the meters of this process.</summary>
public sealed class RunningNodeSpec
{
    private const int SamplesPerPost = 100;
    private const int PagesMax = 120;
    private const int PostsMax = 2_000;

    [Fact]
    public async Task A_node_without_rules_reads_its_samples_and_tells_its_lag_commits_persists_and_shards()
    {
        await using var node = await RunningNode.StartAsync();
        await node.UntilAsync("/ready", (status, _) => status == 200);
        using var posted = await node.PostAsync("/metrics", new { name = "m", value = 1 });

        var metrics = await node.UntilAsync("/metrics", (status, body) => status == 200
            && Names.All(n => Values(body, n).Any()) && Values(body, "actorstream_persist_seconds_count").Sum() > 0 && Values(body, "actorstream_reader_position_total").Sum() == 1);

        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        Assert.All(Values(metrics, "actorstream_reader_lag_records"), lag => Assert.True(lag >= 0, $"lag {lag}"));
        Assert.All(Values(metrics, "actorstream_reader_commit_age_seconds"), age => Assert.InRange(age, 0, 60));
        Assert.Equal(["alarms", "notices", "readers", "windows"], Lines(metrics, "actorstream_shards").Select(TypeOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_bound_into_the_future_counts_for_what_is_posted_and_for_what_another_program_wrote()
    {
        await using var node = await RunningNode.StartAsync(more: [(SettingsTable.MetricsMaxFuture, "1h")]);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        var ts = TimeProvider.System.GetUtcNow().AddHours(2).ToUnixTimeMilliseconds();
        var written = new RecordBatchWriter();
        written.Add("m"u8, JsonSerializer.SerializeToUtf8Bytes(new { value = 1, ts }));

        using var refused = await node.PostAsync("/metrics", new { name = "m", value = 1, ts });
        await node.Parts.Storage.Topics.AppendAsync(TopicNames.Metrics, [new NewBatch(0, written.Count, written.Written)]);
        await node.UntilAsync("/metrics", (_, body) => Values(body, "actorstream_reader_position_total").Sum() == 1);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(new Dictionary<string, long> { ["too-far-in-future"] = 1 }, node.Parts.Storage.DeadLetters.Counts());
    }

    [Fact]
    public async Task The_shards_are_counted_before_the_first_ten_seconds_are_over()
    {
        await using var node = await RunningNode.StartAsync();
        var start = TimeProvider.System.GetTimestamp();

        await node.UntilAsync("/metrics", (_, body) => Lines(body, "actorstream_shards").Count() == 4);

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 9);
    }

    [Fact]
    public async Task Notices_are_those_of_every_group_and_count_what_a_webhook_took()
    {
        using var output = new StringWriter();
        await using var discord = await DiscordStandIn.StartAsync(output, TimeProvider.System);
        await using var node = await RunningNode.StartAsync(webhookHost: discord.Host);
        await node.UntilAsync("/ready", (status, _) => status == 200);
        using var rule = await node.PostAsync("/rules", new { metric_name = "m", threshold = 500, discord_webhook_url = discord.WebhookUrl });
        using var sample = await node.PostAsync("/metrics", new { name = "m", value = 501 });

        var groups = await node.UntilAsync("/pbm/notices", g => g.EnumerateArray().Any(n => Channels(n).Any(c => c.GetProperty("delivered").GetInt64() == 1)));

        Assert.True(rule.IsSuccessStatusCode && sample.IsSuccessStatusCode);
        Assert.Equal(NoticeGroups.All, groups.EnumerateArray().Select(g => g.GetProperty("group").GetString()));
        Assert.All(groups.EnumerateArray(), g => Assert.Equal(JsonValueKind.Object, g.GetProperty("notices").ValueKind));
        var channel = Assert.Single(groups.EnumerateArray().SelectMany(Channels));
        Assert.Equal((0, 0), (channel.GetProperty("queued").GetInt32(), channel.GetProperty("ambiguous").GetInt64()));
        Assert.DoesNotContain("demo", channel.GetProperty("webhook").GetString());
        Assert.Equal(0, DemoClient.AmbiguousIn(groups.GetRawText()));
    }

    [Fact]
    public async Task A_full_disk_refuses_with_a_time_to_come_back_keeps_all_it_took_and_goes_on_when_there_is_room()
    {
        await using var node = await RunningNode.StartAsync(topicsPagesMax: PagesMax);
        await node.UntilAsync("/ready", (status, _) => status == 200);

        var (taken, refusal) = await FillAsync(node);
        var whileFull = ValuesIn(node.Parts.Storage.Topics);
        var (readyWhileFull, _) = await node.ManageAsync("/ready");
        await ((SqliteStorage)node.Parts.Storage).SetTopicsPagesMaxAsync(100_000);
        using var after = await PostAsync(node, taken);

        Assert.True(taken >= SamplesPerPost, "Nothing was taken before the disk was full.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.Status);
        Assert.True(refusal.RetryAfter >= TimeSpan.FromSeconds(1), $"Retry-After is {refusal.RetryAfter}.");
        Assert.Equal(503, readyWhileFull);
        Assert.Equal(Enumerable.Range(0, taken), whileFull);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal(Enumerable.Range(0, taken + SamplesPerPost), ValuesIn(node.Parts.Storage.Topics));
        await node.UntilAsync("/ready", (status, _) => status == 200);
    }

    /// <summary>Numbered samples until one post is not answered with 200; how many were acknowledged.</summary>
    private static async Task<(int Taken, (HttpStatusCode Status, TimeSpan? RetryAfter) Refusal)> FillAsync(RunningNode node)
    {
        for (var taken = 0; taken < PostsMax * SamplesPerPost; taken += SamplesPerPost)
        {
            using var response = await PostAsync(node, taken);
            if (response.StatusCode != HttpStatusCode.OK)
                return (taken, (response.StatusCode, response.Headers.RetryAfter?.Delta));
        }
        throw new InvalidOperationException($"{PagesMax} pages took {PostsMax} posts.");
    }

    /// <summary>Several metrics, so that a post is one transaction over several partitions.</summary>
    private static Task<HttpResponseMessage> PostAsync(RunningNode node, int from) =>
        node.PostAsync("/metrics", Enumerable.Range(from, SamplesPerPost).Select(n => new { name = $"metric-{n % 7}", value = n }));

    /// <summary>The values of every sample in the topic, in order of value.</summary>
    private static IEnumerable<int> ValuesIn(ITopicStore topics)
    {
        var values = new List<int>();
        for (var partition = 0; partition < topics.PartitionsOf(TopicNames.Metrics); partition++)
        {
            for (var from = 0L; topics.Read(TopicNames.Metrics, partition, from, 10_000, 4 << 20) is { Count: > 0 } batches; from = batches[^1].Next)
                values.AddRange(batches.SelectMany(ValuesIn));
        }
        return values.Order();
    }

    private static List<int> ValuesIn(StoredBatch batch)
    {
        var values = new List<int>();
        var records = new RecordBatchReader(batch.Blob.Span);
        while (records.Next())
        {
            using var sample = JsonDocument.Parse(records.Value.ToArray());
            values.Add(sample.RootElement.GetProperty("value").GetInt32());
        }
        return values;
    }

    private static readonly string[] Names = ["actorstream_reader_lag_records", "actorstream_reader_commit_age_seconds", "actorstream_persist_seconds_count", "actorstream_shards"];

    private static IEnumerable<JsonElement> Channels(JsonElement group) =>
        group.GetProperty("notices") is { ValueKind: JsonValueKind.Object } notices ? notices.GetProperty("channels").EnumerateArray() : [];

    private static IEnumerable<string> Lines(string metrics, string name) => metrics.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal));

    /// <summary>Behind the labels; a time stamp may follow.</summary>
    private static IEnumerable<double> Values(string metrics, string name) =>
        Lines(metrics, name).Select(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], System.Globalization.CultureInfo.InvariantCulture));

    private static string TypeOf(string line) => line.Split("type=\"")[1].Split('"')[0];
}
