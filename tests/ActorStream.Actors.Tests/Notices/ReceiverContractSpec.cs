using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
using Microsoft.AspNetCore.Http;

namespace ActorStream.Actors.Tests.Notices;

/// <summary>Notice groups against a receiver on a real socket: what they ask, what they make of its answers, what they write down.</summary>
public sealed class ReceiverContractSpec(ITestOutputHelper output) : IAsyncLifetime
{
    private const string KeyText = "a key of this test, long enough";

    private static readonly PartitionId Source = new(TopicNames.NoticesGroup, TopicNames.Alarms, 1, 0);

    private readonly JournalWorld _world = new(output);
    private WebhookStandIn _standIn = null!;
    private NoticeServices _notices = null!;
    private long _next;

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
    public void A_resolve_patches_the_message_that_the_receiver_named_also_in_the_next_incarnation()
    {
        _standIn.Answer = Json(200, """{"id":"1234567890123456789"}""");
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        var post = _standIn.Next();
        Assert.Equal(("POST", "?wait=true"), (post.Method, post.Query));
        Settle(group);
        _world.Kill(group);

        Tell(NewGroup(), Resolve(1, begun: 0));

        var patch = _standIn.Next();
        Assert.Equal(("PATCH", "/api/webhooks/1/token/messages/1234567890123456789", ""), (patch.Method, patch.Path, patch.Query));
        Assert.Equal("Alarm resolved", JsonDocument.Parse(patch.Body).RootElement.GetProperty("embeds")[0].GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("""{"message":"Unknown Message","code":10008}""")]
    [InlineData("not json")]
    public void A_message_that_is_gone_is_followed_by_a_new_one(string body)
    {
        _standIn.Answer = (c, _) => c.Request.Method == "PATCH" ? Json(404, body)(c, 0) : Json(200, """{"id":"77"}""")(c, 0);
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        Tell(group, Resolve(1, begun: 0));

        Assert.Equal(["POST", "PATCH", "POST"], new[] { _standIn.Next(), _standIn.Next(), _standIn.Next() }.Select(r => r.Method));
        Assert.Equal((2L, 0L), Delivered(group));
    }

    [Fact]
    public void An_edit_at_a_webhook_that_is_gone_makes_the_channel_dead()
    {
        _standIn.Answer = (c, _) => c.Request.Method == "PATCH" ? Json(404, """{"message":"Unknown Webhook","code":10015}""")(c, 0) : Json(200, """{"id":"77"}""")(c, 0);
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        Tell(group, Resolve(1, begun: 0));

        _world.Reader.AwaitAssert(() => Assert.Contains("unknown webhook", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
        Assert.Equal(2, _standIn.Count);
    }

    [Fact]
    public void An_empty_bucket_is_waited_for_and_the_pause_is_in_the_journal_at_once()
    {
        _standIn.Answer = (c, number) =>
        {
            c.Response.Headers["X-RateLimit-Limit"] = "5";
            c.Response.Headers["X-RateLimit-Remaining"] = number == 1 ? "0" : "4";
            c.Response.Headers["X-RateLimit-Reset-After"] = "2.5";
            c.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        var group = NewGroup();
        Tell(group, Alarm(0));
        var first = _standIn.Next();
        _world.Reader.AwaitAssert(() => Assert.Equal(2, _world.Sql("SELECT count(*) FROM journal WHERE persistence_id = 'notice-group-0'")), TimeSpan.FromSeconds(20));
        _world.Kill(group);

        Tell(NewGroup(), Alarm(1));

        Assert.InRange(_standIn.Next().AtMs - first.AtMs, 2_500, 15_000);
    }

    [Fact]
    public void A_limit_over_all_webhooks_pauses_every_group_of_the_node()
    {
        _standIn.Answer = async (c, number) =>
        {
            if (number > 1)
            {
                c.Response.StatusCode = 204;
                return;
            }
            c.Response.Headers["X-RateLimit-Global"] = "true";
            await Json(429, """{"message":"limited","retry_after":1.5,"global":true}""")(c, number);
        };
        var (one, other) = (NewGroup("group-0"), NewGroup("group-1"));
        Tell(one, Alarm(0, hook: 1));
        var limited = _standIn.Next();
        _world.Reader.AwaitAssert(() => Assert.NotEqual(0, _notices.Sender.Global.NotBeforeMs), TimeSpan.FromSeconds(20));

        Tell(other, "group-1", Alarm(1, hook: 2));

        var next = new[] { _standIn.Next(), _standIn.Next() };
        Assert.Equal(["/api/webhooks/1/token", "/api/webhooks/2/token"], next.Select(r => r.Path).Order());
        Assert.All(next, r => Assert.InRange(r.AtMs - limited.AtMs, 1_500, 15_000));
        Assert.Equal((1L, 0L), Delivered(one));
        Assert.Equal((1L, 0L), Delivered(other, "group-1"));
    }

    [Theory]
    [InlineData(429, "1", "", 1_000)]
    [InlineData(429, "9", """{"retry_after":0.75}""", 750)]
    [InlineData(503, "2", "", 2_000)]
    public void What_the_receiver_asks_for_is_waited_for(int status, string header, string body, long leastMs)
    {
        _standIn.Answer = async (c, number) =>
        {
            if (number == 1)
                c.Response.Headers.RetryAfter = header;
            await Json(number == 1 ? status : 204, number == 1 ? body : "")(c, number);
        };
        Tell(NewGroup(), Alarm(0));

        var (first, second) = (_standIn.Next(), _standIn.Next());

        Assert.InRange(second.AtMs - first.AtMs, leastMs, leastMs + 7_000);
    }

    [Fact]
    public async Task A_receiver_that_takes_and_never_answers_is_asked_again_and_counted()
    {
        await _notices.Attempts.DisposeAsync();
        _notices.Sender.Dispose();
        _notices = Services(patience: TimeSpan.FromMilliseconds(300));
        _standIn.Answer = async (c, number) =>
        {
            if (number == 1)
                await Task.Delay(Timeout.Infinite, c.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            else
                c.Response.StatusCode = 204;
        };
        var group = NewGroup();
        Tell(group, Alarm(0));

        Assert.Equal((1L, 1L), Delivered(group));
        Assert.Equal(2, _standIn.Count);
        var rows = Rows(0, 2);
        Assert.Equal(("unknown", "no answer within 0.3 s", false), (rows[0].Outcome, rows[0].Answer, rows[0].IsAmbiguous));
        Assert.Equal(("delivered", "the receiver answered 204", true), (rows[1].Outcome, rows[1].Answer, rows[1].IsAmbiguous));
    }

    [Fact]
    public void A_message_that_the_receiver_finds_wrong_is_a_dead_letter_and_the_others_of_its_pack_arrive()
    {
        _standIn.Answer = (c, _) =>
        {
            c.Response.StatusCode = WebhookStandIn.TextOf(c).Contains("metric-01", StringComparison.Ordinal) ? 400 : 204;
            return Task.CompletedTask;
        };
        var group = NewGroup();

        Tell(group, Alarm(0), Alarm(1), Alarm(2));

        Assert.Equal((2L, 0L), Delivered(group));
        Ask(group);
        _world.Reader.AwaitAssert(() => Assert.Equal(1, _world.Storage.DeadLetters.Counts().GetValueOrDefault("undeliverable")), TimeSpan.FromSeconds(20));
        Assert.Contains("answered 400", Assert.Single(_world.Storage.DeadLetters.List(10)).Detail);
    }

    [Fact]
    public void A_receiver_of_json_gets_one_signed_alarm_a_request_with_the_same_key_in_every_repetition()
    {
        _standIn.Answer = Json(500, "", then: 204);
        var group = NewGroup();

        Tell(group, Alarm(0) with { Receiver = ReceiverKind.Json }, Alarm(1) with { Receiver = ReceiverKind.Json });

        var received = new[] { _standIn.Next(), _standIn.Next(), _standIn.Next() };
        Assert.Equal(["metric-00", "metric-00", "metric-01"], received.Select(r => Assert.Single(r.Metrics)));
        Assert.All(received, r => Assert.Equal("", r.Query));
        foreach (var request in received)
            CheckSigned(request);
        Assert.Equal(Alarm(0).Id.Text, received[0].Headers["Idempotency-Key"]);
        Assert.Equal(received[0].Headers["webhook-id"], received[1].Headers["webhook-id"]);
        Assert.Equal((2L, 1L), Delivered(group));
    }

    [Fact]
    public void A_message_is_posted_with_wait_so_that_the_answer_means_it_is_stored()
    {
        Tell(NewGroup(), Alarm(0));

        var post = _standIn.Next();
        Assert.Equal(("POST", "/api/webhooks/1/token", "?wait=true"), (post.Method, post.Path, post.Query));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public void A_webhook_that_is_gone_or_forbidden_is_asked_once_and_its_alarms_are_dead_letters(int status)
    {
        _standIn.Answer = Json(status, "");
        var group = NewGroup();

        Tell(group, Alarm(0));
        _world.Reader.AwaitAssert(() => Assert.Contains($"{status}", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
        Tell(group, Alarm(1));
        Ask(group);

        _world.Reader.AwaitAssert(() => Assert.Equal(2, _world.Storage.DeadLetters.Counts().GetValueOrDefault("undeliverable")), TimeSpan.FromSeconds(20));
        Assert.Equal(1, _standIn.Count);
    }

    [Fact]
    public void A_receiver_of_json_that_is_gone_is_dead()
    {
        _standIn.Answer = Json(410, "");
        var group = NewGroup();

        Tell(group, Alarm(0) with { Receiver = ReceiverKind.Json });

        _world.Reader.AwaitAssert(() => Assert.Contains("410", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Without_a_key_nothing_goes_to_a_receiver_of_json_and_nothing_is_lost()
    {
        using var sender = new NoticeSender(new WebhookPolicy([$"127.0.0.1:{_standIn.Port}"]), null, TimeProvider.System);

        var answer = await sender.SendAsync(new NoticeAttempt(_standIn.Hook(1), [Alarm(0) with { Receiver = ReceiverKind.Json }]));

        Assert.Equal(AttemptOutcome.NotTaken, answer.Outcome);
        Assert.Contains("webhooks.signing-key", answer.Reason);
        Assert.Equal(0, _standIn.Count);
    }

    [Fact]
    public void Every_attempt_is_written_down_and_one_whose_node_ended_is_unknown()
    {
        _standIn.Answer = async (c, number) =>
        {
            if (number == 1)
                await Task.Delay(Timeout.Infinite, c.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            else
                c.Response.StatusCode = 204;
        };
        var group = NewGroup();
        Tell(group, Alarm(0));
        var begun = Rows(0, 1)[0];
        Assert.Equal(("sent", null), (begun.Outcome, begun.EndedMs));
        _world.Kill(group);

        Assert.Equal((1L, 1L), Delivered(NewGroup()));

        var rows = Rows(0, 2);
        Assert.Equal(("unknown", begun.StartedMs), (rows[0].Outcome, rows[0].StartedMs));
        Assert.NotNull(rows[0].EndedMs);
        Assert.Equal(("delivered", true), (rows[1].Outcome, rows[1].IsAmbiguous));
    }

    [Fact]
    public async Task What_is_too_old_is_a_dead_letter_of_its_own_reason()
    {
        await _notices.Attempts.DisposeAsync();
        _notices.Sender.Dispose();
        _notices = Services(new NoticeOptions(MaxAgeMs: 3_600_000));
        var group = NewGroup();

        Tell(group, Alarm(0), Alarm(1) with { AppendTimeMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() });

        Assert.Equal(["metric-01"], _standIn.Next().Metrics);
        _world.Reader.AwaitAssert(() => Assert.Equal(1, _world.Storage.DeadLetters.Counts().GetValueOrDefault("expired")), TimeSpan.FromSeconds(20));
    }

    private static void CheckSigned(Received request)
    {
        var (id, seconds) = (request.Headers["webhook-id"], request.Headers["webhook-timestamp"]);
        var signed = Encoding.UTF8.GetBytes($"{id}.{seconds}.").Concat(request.Body).ToArray();

        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(KeyText), signed)), request.Headers["webhook-signature"]);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(seconds, CultureInfo.InvariantCulture), 0, 60);
        Assert.Equal(id, JsonDocument.Parse(request.Body).RootElement.GetProperty("id").GetString());
    }

    private static Func<HttpContext, int, Task> Json(int status, string body, int? then = null) => async (c, number) =>
    {
        c.Response.StatusCode = number > 1 ? then ?? status : status;
        if (body.Length > 0 && c.Response.StatusCode == status)
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    };

    private NoticeServices Services(NoticeOptions? options = null, TimeSpan? patience = null) => new(
        new NoticeSender(new WebhookPolicy([$"127.0.0.1:{_standIn.Port}"]), SigningKey.Parse(KeyText), TimeProvider.System, patience),
        new AttemptLog(_world.Storage.Deliveries, _world.Telemetry), options ?? new NoticeOptions());

    private AlarmRecord Alarm(int number, int hook = 1)
    {
        var cause = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
        var rule = new Guid(1, 0, 0, new byte[8]);
        return new AlarmRecord(
            AlarmId.Of(rule, cause, number), rule, 3, $"metric-{number:00}", SeriesKey.Empty, new AppliedOffset(cause, number), 508, ComparisonOperator.Greater, "500",
            1_700_000_000_000 + number, 1_700_000_000_500, _standIn.Hook(hook));
    }

    private AlarmRecord Resolve(int number, int begun) => Alarm(number) with { Kind = AlarmKind.Resolved, OnResolve = ResolveAction.Edit, Episode = Alarm(begun).Id };

    private IActorRef NewGroup(string group = "group-0") => _world.Incarnation(NoticeActor.Props(group, _notices, _world.Services));

    private void Tell(IActorRef actor, params AlarmRecord[] alarms) => Tell(actor, "group-0", alarms);

    private void Tell(IActorRef actor, string group, params AlarmRecord[] alarms)
    {
        var offsets = alarms.Select(_ => _next++).ToArray();
        actor.Tell(new Apply(group, Source, 1, PartitionId.None, [new AlarmBatch(offsets, alarms)], null), _world.Reader.Ref);
    }

    /// <summary>The reader's tick: a checkpoint if dirty.</summary>
    private void Ask(IActorRef actor) => actor.Tell(new Apply("group-0", Source, 1, PartitionId.None, [], Tick.Nothing), _world.Reader.Ref);

    /// <summary>Completes when nothing is queued and the journal knows it.</summary>
    private void Settle(IActorRef actor)
    {
        Delivered(actor);
        var before = Events();
        Ask(actor);
        _world.Reader.AwaitAssert(() => Assert.True(Events() > before), TimeSpan.FromSeconds(20));

        long Events() => _world.Sql("SELECT max(sequence_number) FROM journal WHERE persistence_id = 'notice-group-0'");
    }

    private IReadOnlyList<Storage.Contracts.DeliveryRow> Rows(int number, int count)
    {
        _world.Reader.AwaitAssert(() => Assert.Equal(count, _world.Storage.Deliveries.Of(Alarm(number).Id).Count(r => count == 1 || r.EndedMs is not null)), TimeSpan.FromSeconds(20));
        return _world.Storage.Deliveries.Of(Alarm(number).Id);
    }

    private ChannelDescription Channel(IActorRef actor, string group = "group-0")
    {
        actor.Tell(new DescribeEntity(group), _world.Reader.Ref);
        return JsonSerializer.Deserialize<NoticeDescription>(_world.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20)).Json)!.Channels[0];
    }

    /// <summary>(delivered, ambiguous) once nothing is queued any more.</summary>
    private (long Delivered, long Ambiguous) Delivered(IActorRef actor, string group = "group-0")
    {
        _world.Reader.AwaitAssert(() => Assert.Equal(0, Channel(actor, group).Queued), TimeSpan.FromSeconds(20));
        var channel = Channel(actor, group);
        return (channel.Delivered, channel.Ambiguous);
    }
}
