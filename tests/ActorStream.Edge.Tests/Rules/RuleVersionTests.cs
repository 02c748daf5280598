using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Rules;
using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Rules;

public sealed class RuleVersionTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task Two_editors_of_one_version_do_not_overwrite_each_other()
    {
        var id = await MakeAsync("m", 1);
        var tag = (await _edge.GetAsync($"/rules/{id}")).ETag!;

        var first = await SendAsync(HttpMethod.Put, id, Rule("m", 2), tag);
        var second = await SendAsync(HttpMethod.Put, id, Rule("m", 3), tag);
        var repeated = await SendAsync(HttpMethod.Put, id, Rule("m", 3), first.ETag);

        Assert.Equal(200, first.Status);
        Assert.NotEqual(tag, first.ETag);
        second.IsProblem(412);
        Assert.Contains(tag, second.Detail);
        Assert.Contains(first.ETag!, second.Detail);
        Assert.Equal(200, repeated.Status);
        Assert.Equal(3, (await _edge.GetAsync($"/rules/{id}")).Json.GetProperty("threshold").GetInt32());
    }

    [Fact]
    public async Task A_rule_that_somebody_changed_is_not_deleted()
    {
        var id = await MakeAsync("m", 1);
        var old = (await _edge.GetAsync($"/rules/{id}")).ETag;
        var now = (await SendAsync(HttpMethod.Put, id, Rule("m", 2), null)).ETag;

        (await SendAsync(HttpMethod.Delete, id, null, old)).IsProblem(412);
        Assert.Single(_edge.Node.Rules.Rules);
        Assert.Equal(200, (await SendAsync(HttpMethod.Delete, id, null, $"\"999\", {now}")).Status);
        Assert.Empty(_edge.Node.Rules.Rules);
        (await SendAsync(HttpMethod.Delete, id, null, now)).IsProblem(412);
    }

    [Fact]
    public async Task A_star_matches_any_version_and_no_header_asks_nothing()
    {
        var id = await MakeAsync("m", 1);

        Assert.Equal(200, (await SendAsync(HttpMethod.Put, id, Rule("m", 2), "*")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, id, Rule("m", 3), null)).Status);
    }

    [Theory]
    [InlineData("7", 400)]
    [InlineData("\"7", 400)]
    [InlineData("", 400)]
    [InlineData("W/\"1\"", 412)]
    [InlineData("\"abc\"", 412)]
    [InlineData("\"99999999999999999999\"", 412)]
    public async Task What_is_no_version_changes_nothing(string tag, int status)
    {
        var id = await MakeAsync("m", 1);

        (await SendAsync(HttpMethod.Put, id, Rule("m", 2), tag)).IsProblem(status);
        Assert.Equal(1, (await _edge.GetAsync($"/rules/{id}")).Json.GetProperty("threshold").GetInt32());
    }

    [Fact]
    public async Task Pages_hold_every_rule_once_in_order_and_the_last_one_names_no_next()
    {
        for (var i = 0; i < 25; i++)
            await MakeAsync(i % 2 == 0 ? "even" : "odd", i);

        var seen = new List<int>();
        var next = "/rules?limit=4&metric=even";
        while (next is not null)
        {
            var page = await _edge.GetAsync(next);
            seen.AddRange(page.Json.EnumerateArray().Select(r => r.GetProperty("threshold").GetInt32()));
            next = page.Next;
        }

        Assert.Equal(Enumerable.Range(0, 25).Where(i => i % 2 == 0), seen);
    }

    [Fact]
    public async Task A_rule_that_changes_between_pages_is_seen_again_and_none_is_missed()
    {
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await MakeAsync("m", i));
        var first = await _edge.GetAsync("/rules?limit=3");
        await SendAsync(HttpMethod.Put, ids[0], Rule("m", 100), null);

        var second = await _edge.GetAsync(first.Next!);
        var third = await _edge.GetAsync(second.Next!);

        Assert.Equal([3, 4, 5], second.Json.EnumerateArray().Select(r => r.GetProperty("threshold").GetInt32()));
        Assert.Equal([100], third.Json.EnumerateArray().Select(r => r.GetProperty("threshold").GetInt32()));
        Assert.Null(third.Next);
    }

    [Theory]
    [InlineData("/rules?limit=0")]
    [InlineData("/rules?limit=1001")]
    [InlineData("/rules?limit=x")]
    [InlineData("/rules?after=-1")]
    [InlineData("/rules?after=x")]
    public async Task A_page_outside_its_bounds_is_422(string path) => (await _edge.GetAsync(path)).IsProblem(422);

    [Fact]
    public async Task A_test_message_is_202_with_its_alarm_and_an_unknown_rule_is_404()
    {
        var id = await MakeAsync("m", 1);

        var sent = await _edge.PostAsync($"/rules/{id}/test", "");
        var unknown = await _edge.PostAsync($"/rules/{Guid.NewGuid()}/test", "");

        Assert.Equal(202, sent.Status);
        Assert.NotEqual("", sent.Json.GetProperty("id").GetString());
        Assert.Equal([$"test {id}"], _edge.Node.Operations);
        unknown.IsProblem(404);
    }

    [Fact]
    public void Rules_are_bounded_in_all_and_per_metric_and_the_bound_is_named()
    {
        var book = RuleBook.Empty.With(Enumerable.Range(0, 5).Select(i => new RuleChange(Guid.NewGuid(), RuleOf(i < 3 ? "full" : "other"), i, 0)));

        Assert.Contains("at most 3", RuleBounds.WhyNotOneMore(book, RuleOf("full"), 100, 3));
        Assert.Null(RuleBounds.WhyNotOneMore(book, RuleOf("full"), 100, 4));
        Assert.Contains("at most 5", RuleBounds.WhyNotOneMore(book, RuleOf("new"), 5, 3));
        Assert.Null(RuleBounds.WhyNotOneMore(book, RuleOf("new"), 6, 3));
        Assert.Null(RuleBounds.WhyNotMoved(book, RuleOf("full"), RuleOf("full")));
    }

    [Fact]
    public async Task Explain_names_the_gate_that_stops_a_series_its_silence_and_that_several_partitions_feed_it()
    {
        var id = await MakeAsync("m", 500);
        _edge.Node.Explanation = new RuleExplanation(
            Guid.Parse(id), "m", 1, 1_000, 2, 3, 5_000, 1, [new SeriesExplanation("dc:x,host:a", RuleGate.Cooldown, "The last notification was a second ago.", 5_000, 501, 6_000, 501, true, 7, null) { StaleSinceMs = 9_000 }]);

        var answer = await _edge.GetAsync($"/rules/{id}/explain?series=host:a,dc:x");

        Assert.Equal(200, answer.Status);
        var series = answer.Json.GetProperty("series")[0];
        Assert.Equal("cooldown", series.GetProperty("stopped_by").GetString());
        Assert.False(series.GetProperty("is_firing").GetBoolean());
        Assert.Equal(7, series.GetProperty("suppressed").GetInt64());
        Assert.Equal(9, series.GetProperty("stale_since").GetDateTimeOffset().ToUnixTimeSeconds());
        Assert.Contains("2 partitions", answer.Json.GetProperty("note").GetString());
        Assert.Equal([new SeriesKey([new("dc", "x"), new("host", "a")])], _edge.Node.ExplainedSeries);
    }

    [Fact]
    public async Task Explain_without_a_series_asks_for_all_and_an_empty_one_for_the_one_without_tags()
    {
        var id = await MakeAsync("m", 500);
        _edge.Node.Explanation = new RuleExplanation(Guid.Parse(id), "m", 1, 1_000, 1, 0, null, 0, []);

        await _edge.GetAsync($"/rules/{id}/explain");
        await _edge.GetAsync($"/rules/{id}/explain?series=");

        Assert.Equal([null, SeriesKey.Empty], _edge.Node.ExplainedSeries);
    }

    [Theory]
    [InlineData("host")]
    [InlineData(":a")]
    [InlineData("host:a,host:b")]
    [InlineData("host:a,")]
    public async Task A_series_that_cannot_be_read_is_422(string series)
    {
        var id = await MakeAsync("m", 500);

        (await _edge.GetAsync($"/rules/{id}/explain?series={series}")).IsProblem(422);
    }

    [Fact]
    public async Task An_entity_that_does_not_answer_is_503_and_an_unknown_rule_404()
    {
        var id = await MakeAsync("m", 500);

        (await _edge.GetAsync($"/rules/{id}/explain")).IsProblem(503);
        (await _edge.GetAsync($"/rules/{Guid.NewGuid()}/explain")).IsProblem(404);
    }

    private static Rule RuleOf(string metric) => new(Guid.NewGuid(), metric, 1, "1", ComparisonOperator.Greater, "https://discord.com/api/webhooks/1/t");

    private static string Rule(string metric, int threshold) => $$"""{"metric_name":"{{metric}}","threshold":{{threshold}},"discord_webhook_url":"https://discord.com/api/webhooks/1/t"}""";

    private async Task<string> MakeAsync(string metric, int threshold) => (await _edge.PostAsync("/rules", Rule(metric, threshold))).Json.GetProperty("id").GetString()!;

    private Task<Answer> SendAsync(HttpMethod method, string id, string? body, string? ifMatch)
    {
        var request = new HttpRequestMessage(method, $"/rules/{id}");
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return _edge.SendAsync(request);
    }
}
