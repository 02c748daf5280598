using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ActorStream.Hosting.Tests.Tidy;
using ActorStream.Node.Demo;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using ActorStream.Wire.Topics;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class DemoSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-demo-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_plain_loop_finds_every_alarm_of_this_run_and_none_of_an_earlier_one()
    {
        await using var storage = await SqliteStorage.OpenAsync(new StorageOptions(_folder, "demo"), _time);
        var (over, atLeast) = (new DemoRule(Guid.NewGuid(), "a", 500, AtLeast: false), new DemoRule(Guid.NewGuid(), "b", 90, AtLeast: true));
        await AppendAsync(storage.Topics, 0, ("a", 900));
        _time.Advance(TimeSpan.FromSeconds(1));
        var since = _time.GetUtcNow().ToUnixTimeMilliseconds();
        await AppendAsync(storage.Topics, 0, ("a", 500), ("a", 501), ("b", 90));
        await AppendAsync(storage.Topics, 3, ("b", 89.9), ("c", 1000), ("b", 100));

        var tally = DemoTally.Count(storage.Topics, [over, atLeast], since);

        Assert.Equal(6, tally.Samples);
        Assert.Equal([$"{over.Id:N}-1-0-2", $"{atLeast.Id:N}-1-0-3", $"{atLeast.Id:N}-1-3-2"], tally.Alarms.Order(AlarmOrder(over)));
    }

    [Fact]
    public void An_alarm_that_arrives_twice_is_one_alarm_and_one_repeat()
    {
        var received = new ReceivedAlarms(_time);

        received.Take(Message("x", "y"));
        received.Take(Message("y", "z"));

        Assert.Equal(["x", "y", "z"], received.Ids.Order(StringComparer.Ordinal));
        Assert.Equal(1, received.Repeated);
    }

    public static TheoryData<string, string?> Messages => new()
    {
        { """{"embeds":[{"title":"t","fields":[{"name":"n","value":"v"}]}]}""", null },
        { "[]", "no object" },
        { "{}", "embeds" },
        { """{"embeds":[]}""", "embeds" },
        { $$"""{"embeds":[{{string.Join(',', Enumerable.Repeat("{}", 11))}}]}""", "embeds" },
        { $$"""{"content":"{{new string('c', 2001)}}","embeds":[{}]}""", "content" },
        { $$"""{"embeds":[{"title":"{{new string('t', 257)}}"}]}""", "title" },
        { $$"""{"embeds":[{"description":"{{new string('d', 4097)}}"}]}""", "description" },
        { $$"""{"embeds":[{"fields":[{{string.Join(',', Enumerable.Repeat("""{"name":"n","value":"v"}""", 26))}}]}]}""", "26 fields" },
        { """{"embeds":[{"fields":[{"name":"n","value":7}]}]}""", "string value" },
        { $$"""{"embeds":[{"fields":[{"name":"n","value":"{{new string('v', 1025)}}"}]}]}""", "field value" },
        { $$"""{"embeds":[{"description":"{{new string('d', 3000)}}"},{"description":"{{new string('d', 3001)}}"}]}""", "6001 characters" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_stand_in_refuses_what_Discord_would_refuse(string message, string? reason)
    {
        using var parsed = JsonDocument.Parse(message);

        var why = DiscordLimits.WhyRefused(parsed.RootElement);

        if (reason is null)
            Assert.Null(why);
        else
            Assert.Contains(reason, why);
    }

    [Fact]
    public async Task The_stand_in_prints_one_line_per_message_it_takes()
    {
        using var output = new StringWriter();
        await using var discord = await DiscordStandIn.StartAsync(output, TimeProvider.System);
        using var http = new HttpClient();

        using var taken = await http.PostAsync(discord.WebhookUrl + "?wait=true", new StringContent(Message("x", "y").GetRawText()));
        using var refused = await http.PostAsync(discord.WebhookUrl, new StringContent("{}"));

        Assert.True(taken.IsSuccessStatusCode);
        Assert.Equal(400, (int)refused.StatusCode);
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Matches("^alarm .*of x.*1 more", lines[0]);
        Assert.Equal(["x", "y"], discord.Received.Ids.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""[{"group":"group-0","notices":{"queued":0,"channels":[{"ambiguous":2},{"ambiguous":3}]}},{"group":"group-1","notices":{"queued":0,"channels":[]}}]""", 5L)]
    [InlineData("""[{"group":"group-0","notices":{"queued":0,"channels":[{"ambiguous":2}]}},{"group":"group-1","notices":null}]""", null)]
    [InlineData("[]", null)]
    public void Ambiguous_attempts_are_summed_over_all_webhooks_and_unknown_where_a_group_is_silent(string notices, long? sum) => Assert.Equal(sum, DemoClient.AmbiguousIn(notices));

    [Theory]
    [InlineData("raised")]
    [InlineData("delivered")]
    [InlineData("lost")]
    [InlineData("duplicates")]
    public void The_words_of_the_summary_begin_one_line_of_it_and_stand_in_no_other_text_of_the_executable(string word)
    {
        var texts = Repository.Sources("src/ActorStream.Node").SelectMany(File.ReadLines)
            .Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal) && Regex.IsMatch(l, $"\"[^\"]*\\b{word}\\b(?!}})[^\"]*\""));

        Assert.Contains($"$\"{word}: ", Assert.Single(texts));
    }

    private static Comparer<string> AlarmOrder(DemoRule first) => Comparer<string>.Create((a, b) =>
        (a.StartsWith($"{first.Id:N}", StringComparison.Ordinal) ? 0 : 1, a[32..]).CompareTo((b.StartsWith($"{first.Id:N}", StringComparison.Ordinal) ? 0 : 1, b[32..])));

    private static JsonElement Message(params string[] ids) =>
        JsonSerializer.SerializeToElement(new { embeds = ids.Select(id => new { description = $"of {id}", url = $"https://actorstream.invalid/alarms/{id}" }) });

    private static Task AppendAsync(ITopicStore topics, int partition, params (string Name, double Value)[] samples)
    {
        var writer = new RecordBatchWriter();
        foreach (var (name, value) in samples)
            writer.Add(Encoding.UTF8.GetBytes(name), JsonSerializer.SerializeToUtf8Bytes(new { value }));
        return topics.AppendAsync("metrics", [new NewBatch(partition, writer.Count, writer.Written.ToArray())]);
    }
}
