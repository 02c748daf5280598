using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Tests.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Views;

public sealed class AlarmTests : IAsyncLifetime
{
    private static readonly Guid Rule = Guid.Parse("11111111-2222-4333-8444-555555555555");

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task Every_condition_of_the_query_reaches_the_history()
    {
        var answer = await _edge.GetAsync($"/alarms?metric=a%2Fb&rule={Rule}&state=resolved&from=2026-01-01T00:00:00Z&to=1767229200000&limit=7&before=99");

        Assert.Equal(200, answer.Status);
        Assert.Equal([new AlarmQuery("a/b", Rule, AlarmKind.Resolved, 1_767_225_600_000, 1_767_229_200_000, 99, 7)], _edge.Node.Asked);
    }

    [Theory]
    [InlineData("2026-01-01T02:00:00%2B02:00")]
    [InlineData("2026-01-01T02:00:00+02:00")]
    [InlineData("2026-01-01T00:00:00.000Z")]
    [InlineData("1767225600000")]
    public async Task A_time_may_be_written_in_any_of_its_forms(string time)
    {
        await _edge.GetAsync($"/alarms?from={time}");

        Assert.Equal(1_767_225_600_000, _edge.Node.Asked.Single().FromMs);
    }

    [Theory]
    [InlineData("rule=nope")]
    [InlineData("state=firing")]
    [InlineData("state=Triggered")]
    [InlineData("state=0")]
    [InlineData("from=yesterday")]
    [InlineData("from=2026-01-01T00:00:00")]
    [InlineData("to=2026-13-01T00:00:00Z")]
    [InlineData("from=2000&to=1000")]
    [InlineData("from=1000&to=1000")]
    [InlineData("before=-1")]
    [InlineData("before=x")]
    [InlineData("state=stale&state=test")]
    public async Task A_condition_that_cannot_be_read_is_422(string query)
    {
        (await _edge.GetAsync($"/alarms?{query}")).IsProblem(422);
        Assert.Empty(_edge.Node.Asked);
    }

    [Fact]
    public async Task All_faults_of_a_query_are_told_at_once()
        => Assert.Equal(3, (await _edge.GetAsync("/alarms?rule=x&state=y&from=z")).Json.GetProperty("errors").GetArrayLength());

    [Fact]
    public async Task Pages_hold_every_alarm_once()
    {
        for (var i = 0; i < 10; i++)
            _edge.Node.Raised.Add(Alarm(i));

        var seen = new List<long>();
        string? next = "/alarms?limit=4&metric=m";
        while (next is not null)
        {
            var page = await _edge.GetAsync(next);
            seen.AddRange(page.Json.EnumerateArray().Select(a => a.GetProperty("offset").GetInt64()));
            next = page.Next;
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task One_alarm_tells_its_sample_its_rules_version_its_gates_its_window_and_every_attempt()
    {
        var alarm = Alarm(5) with
        {
            Evidence = new AlarmEvidence(700, new WindowEvidence(60_000, 3, 1_800, 1_000, 3_000, [new WindowSample(3_000, 700)]), 0, 1_000, RuleTrigger.Every, false, 0, CooldownScope.Rule, null, 1),
        };
        _edge.Node.Raised.Add(alarm);
        _edge.Node.Attempts.Add(new DeliveryRow(alarm.Id, 1, 4_000, null, "unknown", "The connection was closed.", false));
        _edge.Node.Attempts.Add(new DeliveryRow(alarm.Id, 2, 5_000, 5_100, "delivered", "200", true));

        var answer = await _edge.GetAsync($"/alarms/{alarm.Id}");

        Assert.Equal(200, answer.Status);
        Assert.Equal((17, 5), (answer.Json.GetProperty("alarm").GetProperty("rule_version").GetInt64(), answer.Json.GetProperty("alarm").GetProperty("offset").GetInt64()));
        Assert.Equal("triggered", answer.Json.GetProperty("alarm").GetProperty("state").GetString());
        Assert.Equal(["sample", "made_at", "window", "operator"], answer.Json.GetProperty("gates").EnumerateArray().Select(g => g.GetProperty("gate").GetString()));
        Assert.Equal(600, answer.Json.GetProperty("evidence").GetProperty("window").GetProperty("average").GetDouble());
        Assert.Equal([1, 2], answer.Json.GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("attempt").GetInt32()));
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("deliveries")[0].GetProperty("ended").ValueKind);
        Assert.DoesNotContain("secret", answer.Body);
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("%01%0a")]
    [InlineData("11111111222243338444555555555555-1-0-99")]
    public async Task An_unknown_alarm_is_404(string id) => (await _edge.GetAsync($"/alarms/{id}")).IsProblem(404);

    [Fact]
    public async Task Webhooks_are_listed_masked_with_their_state_and_a_silent_group_is_unknown()
    {
        var answer = (await _edge.GetAsync("/webhooks")).Json;

        Assert.Equal(["waiting", "posting", "in-doubt", "dead", "idle"], answer.GetProperty("webhooks").EnumerateArray().Select(w => w.GetProperty("state").GetString()));
        Assert.Equal(["group-2"], answer.GetProperty("unknown").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(3, answer.GetProperty("webhooks")[0].GetProperty("ambiguous").GetInt64());
        Assert.Equal(4, answer.GetProperty("webhooks")[0].GetProperty("backlog").GetInt32());
        Assert.Equal("2023-11-14T22:13:20.25+00:00", answer.GetProperty("webhooks")[0].GetProperty("next_try").GetString());
    }

    private static AlarmRecord Alarm(int offset)
    {
        var partition = new PartitionId("alarms", "metrics", 1, 0);
        return new AlarmRecord(
            AlarmId.Of(Rule, partition, offset), Rule, 17, "m", SeriesKey.Empty, new AppliedOffset(partition, offset), 600, ComparisonOperator.Greater, "500", 3_000, 3_500, "https://discord.com/api/webhooks/1/secret");
    }
}
