using System.Text.Json;
using ActorStream.Actors.Notices;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Notices;

public sealed class NoticeActorSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Group = "group-0";
    private const string KeyText = "a key of this test, long enough";

    /// <summary>In place of a status: no answer, the connection breaks.</summary>
    private const int Reset = 0;

    private static readonly PartitionId Source = new(TopicNames.NoticesGroup, TopicNames.Alarms, 1, 0);

    private readonly JournalWorld _world = new(output);
    private WebhookStandIn _standIn = null!;
    private NoticeServices _notices = null!;

    public async Task InitializeAsync()
    {
        _standIn = await WebhookStandIn.StartAsync();
        _notices = Services();
    }

    public async Task DisposeAsync()
    {
        await _notices.Attempts.DisposeAsync();
        _world.Dispose();
        _notices.Sender.Dispose();
        await _standIn.DisposeAsync();
    }

    [Fact]
    public void Alarms_reach_each_webhook_in_order_and_as_many_as_fit_together()
    {
        var group = NewGroup();

        Tell(group, Enumerable.Range(0, 30).Select(i => Alarm(i, hook: i % 5 == 0 ? 2 : 1)));

        var received = new List<Received>();
        while (received.Sum(r => r.Metrics.Count) < 30)
            received.Add(_standIn.Next());
        var first = received.Where(r => r.Path.Contains("/1/")).ToArray();
        var second = received.Where(r => r.Path.Contains("/2/")).ToArray();
        Assert.Equal(Enumerable.Range(0, 30).Where(i => i % 5 != 0).Select(i => $"metric-{i:00}"), first.SelectMany(r => r.Metrics));
        Assert.Equal(Enumerable.Range(0, 30).Where(i => i % 5 == 0).Select(i => $"metric-{i:00}"), second.SelectMany(r => r.Metrics));
        Assert.Equal([10, 10, 4], first.Select(r => r.Metrics.Count));
        Assert.Equal([6], second.Select(r => r.Metrics.Count));
    }

    [Fact]
    public void An_attempt_is_in_the_journal_before_its_request_arrives()
    {
        var journaled = new List<long>();
        _standIn.Answer = (c, _) =>
        {
            journaled.Add(_world.Sql("SELECT count(*) FROM journal WHERE persistence_id = 'notice-group-0'"));
            c.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        var group = NewGroup();

        // Nothing but the attempt makes the group write: it was neither asked for a checkpoint nor ticked.
        Tell(group, [Alarm(0)]);

        _standIn.Next();
        Assert.Equal(1, Assert.Single(journaled));
    }

    [Fact]
    public void A_rate_limit_is_obeyed_to_the_millisecond_and_nothing_is_in_doubt()
    {
        _standIn.Answer = async (c, number) =>
        {
            c.Response.StatusCode = number == 1 ? 429 : 204;
            if (number == 1)
                await c.Response.Body.WriteAsync("""{"message":"You are being rate limited.","retry_after":1.25,"global":false}"""u8.ToArray());
        };
        var group = NewGroup();

        Tell(group, [Alarm(0)]);

        var (first, second) = (_standIn.Next(), _standIn.Next());
        Assert.InRange(second.AtMs - first.AtMs, 1_250, 15_000);
        Assert.Equal((1, 0), Delivered(group));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(Reset)]
    public void What_may_have_arrived_is_repeated_as_it_was_and_counted_as_ambiguous(int status)
    {
        _standIn.Answer = status == Reset ? AbortFirst : (c, number) => Status(number == 1 ? status : 204)(c, number);
        var group = NewGroup();

        Tell(group, [Alarm(0), Alarm(1)]);

        var (first, second) = (_standIn.Next(), _standIn.Next());
        Assert.Equal(first.Metrics, second.Metrics);
        Assert.Equal((2, 2), Delivered(group));
    }

    [Fact]
    public void A_webhook_that_is_gone_is_not_tried_again_and_its_alarms_are_dead_letters()
    {
        _standIn.Answer = Status(404);
        var group = NewGroup();

        Tell(group, [Alarm(0), Alarm(1)]);
        _standIn.Next();
        _world.Reader.AwaitAssert(() => Assert.NotNull(Channel(group).DeadReason));
        Tell(group, [Alarm(2)], first: 2);
        Ask(group);

        _world.Reader.AwaitAssert(() => Assert.Equal(3, _world.Storage.DeadLetters.Counts()["undeliverable"]));
        Assert.Equal(1, _standIn.Count);
        _world.Kill(group);
        Assert.NotNull(Channel(NewGroup()).DeadReason);
    }

    [Fact]
    public void A_redirect_is_a_refusal_and_is_not_followed()
    {
        _standIn.Answer = (c, _) =>
        {
            c.Response.StatusCode = 302;
            c.Response.Headers.Location = $"http://127.0.0.1:{_standIn.Port}/elsewhere";
            return Task.CompletedTask;
        };
        var group = NewGroup();

        Tell(group, [Alarm(0)]);

        Assert.Equal("/api/webhooks/1/token", _standIn.Next().Path);
        _world.Reader.AwaitAssert(() => Assert.Equal(0, Channel(group).Queued));
        Ask(group);
        _world.Reader.AwaitAssert(() => Assert.Equal(1, _world.Storage.DeadLetters.Counts().GetValueOrDefault("undeliverable")));
        Assert.Equal(1, _standIn.Count);
    }

    [Fact]
    public async Task A_host_name_that_resolves_to_a_private_address_is_not_connected_to()
    {
        using var sender = new NoticeSender(new WebhookPolicy([$"localhost:{_standIn.Port}"]), null, TimeProvider.System);
        var url = $"https://localhost:{_standIn.Port}/api/webhooks/1/token";

        var delivery = await sender.SendAsync(new NoticeAttempt(url, [Alarm(0) with { WebhookUrl = url }]));

        Assert.Equal(AttemptOutcome.NotTaken, delivery.Outcome);
        Assert.Contains("no address that may be called", delivery.Reason);
        Assert.DoesNotContain("token", delivery.Reason);
    }

    [Fact]
    public void A_host_off_the_list_is_dead_without_a_request()
    {
        var group = NewGroup();

        Tell(group, [Alarm(0) with { WebhookUrl = $"http://127.0.0.2:{_standIn.Port}/api/webhooks/1/token" }]);

        _world.Reader.AwaitAssert(() => Assert.Contains("not on the allow-list", Channel(group).DeadReason));
        Assert.Equal(0, _standIn.Count);
    }

    [Fact]
    public async Task A_planned_stop_waits_for_the_request_under_way_and_leaves_nothing_in_doubt()
    {
        var (arrived, released) = (new TaskCompletionSource(), new TaskCompletionSource());
        _standIn.Answer = async (c, _) =>
        {
            arrived.SetResult();
            await released.Task;
            c.Response.StatusCode = 204;
        };
        var group = NewGroup();
        Tell(group, [Alarm(0)]);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20));

        group.Tell(StopEntity.Instance);
        // Heard while it waits, so it had not stopped; then the receiver answers.
        Assert.True(Channel(group).Attempting);
        released.SetResult();

        _world.ExpectStopped(group);
        Assert.Equal((1, 0), Delivered(NewGroup()));
        Assert.Equal(1, _standIn.Count);
    }

    [Fact]
    public void An_attempt_that_was_journaled_but_not_made_before_a_planned_stop_is_not_in_doubt()
    {
        var group = NewGroup();

        // Both wait for its recovery; the stop is handled before the journal can acknowledge the attempt.
        Tell(group, [Alarm(0)]);
        group.Tell(StopEntity.Instance);

        _world.ExpectStopped(group);
        Assert.Equal(0, _standIn.Count);
        var next = NewGroup();
        Ask(next);
        Assert.Equal(["metric-00"], _standIn.Next().Metrics);
        Assert.Equal((1, 0), Delivered(next));
    }

    private static Func<Microsoft.AspNetCore.Http.HttpContext, int, Task> Status(int status) => (c, _) =>
    {
        c.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>The connection is reset after the whole request was received.</summary>
    private static Task AbortFirst(Microsoft.AspNetCore.Http.HttpContext context, int number)
    {
        if (number == 1)
            context.Abort();
        else
            context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private AlarmRecord Alarm(int number, int hook = 1)
    {
        var cause = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
        var rule = new Guid(1, 0, 0, new byte[8]);
        return new AlarmRecord(
            AlarmId.Of(rule, cause, number), rule, 3, $"metric-{number:00}", SeriesKey.Empty, new AppliedOffset(cause, number), 508, ComparisonOperator.Greater, "500",
            1_700_000_000_000 + number, 1_700_000_000_500, _standIn.Hook(hook));
    }

    private NoticeServices Services(NoticeOptions? options = null, TimeSpan? patience = null) => new(
        new NoticeSender(new WebhookPolicy([$"127.0.0.1:{_standIn.Port}"]), SigningKey.Parse(KeyText), TimeProvider.System, patience), new AttemptLog(_world.Storage.Deliveries, _world.Telemetry), options ?? new NoticeOptions());

    private IActorRef NewGroup(string group = Group) => _world.Incarnation(NoticeActor.Props(group, _notices, _world.Services));

    private void Tell(IActorRef group, IEnumerable<AlarmRecord> alarms, long first = 0)
    {
        var list = alarms.ToArray();
        var batch = new AlarmBatch([.. Enumerable.Range(0, list.Length).Select(i => first + i)], list);
        group.Tell(new Apply(Group, Source, 1, PartitionId.None, [batch], null), _world.Reader.Ref);
    }

    /// <summary>The reader's tick: a checkpoint if dirty.</summary>
    private void Ask(IActorRef group) => group.Tell(new Apply(Group, Source, 1, PartitionId.None, [], Tick.Nothing), _world.Reader.Ref);

    private ChannelDescription Channel(IActorRef group)
    {
        group.Tell(new DescribeEntity(Group), _world.Reader.Ref);
        return JsonSerializer.Deserialize<NoticeDescription>(_world.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20)).Json)!.Channels[0];
    }

    /// <summary>(delivered, ambiguous) once nothing is queued any more.</summary>
    private (long Delivered, long Ambiguous) Delivered(IActorRef group)
    {
        _world.Reader.AwaitAssert(() => Assert.Equal(0, Channel(group).Queued), TimeSpan.FromSeconds(20));
        var channel = Channel(group);
        return (channel.Delivered, channel.Ambiguous);
    }
}
