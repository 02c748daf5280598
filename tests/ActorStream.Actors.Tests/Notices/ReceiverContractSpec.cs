using ActorStream.Actors.Notices;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Tests.Notices;

/// <summary>What notice groups ask of a receiver, what they make of its answers, what they write down.</summary>
public sealed class ReceiverContractSpec(ITestOutputHelper output) : ReceiverSpec(output)
{
    [Fact]
    public void An_empty_bucket_is_waited_for_and_the_pause_is_in_the_journal_at_once()
    {
        StandIn.Answer = (c, number) =>
        {
            c.Response.Headers["X-RateLimit-Limit"] = "5";
            c.Response.Headers["X-RateLimit-Remaining"] = number == 1 ? "0" : "4";
            c.Response.Headers["X-RateLimit-Reset-After"] = "2.5";
            c.Response.StatusCode = 204;
            return Task.CompletedTask;
        };
        var group = NewGroup();
        Tell(group, Alarm(0));
        var first = StandIn.Next();
        World.Reader.AwaitAssert(() => Assert.Equal(2, World.Sql("SELECT count(*) FROM journal WHERE persistence_id = 'notice-group-0'")), TimeSpan.FromSeconds(20));
        World.Kill(group);

        Tell(NewGroup(), Alarm(1));

        Assert.InRange(StandIn.Next().AtMs - first.AtMs, 2_500, 15_000);
    }

    [Fact]
    public void A_limit_over_all_webhooks_pauses_every_group_of_the_node()
    {
        StandIn.Answer = async (c, number) =>
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
        var limited = StandIn.Next();
        World.Reader.AwaitAssert(() => Assert.NotEqual(0, Notices.Sender.Global.NotBeforeMs), TimeSpan.FromSeconds(20));

        Tell(other, "group-1", Alarm(1, hook: 2));

        var next = new[] { StandIn.Next(), StandIn.Next() };
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
        StandIn.Answer = async (c, number) =>
        {
            if (number == 1)
                c.Response.Headers.RetryAfter = header;
            await Json(number == 1 ? status : 204, number == 1 ? body : "")(c, number);
        };
        Tell(NewGroup(), Alarm(0));

        var (first, second) = (StandIn.Next(), StandIn.Next());

        Assert.InRange(second.AtMs - first.AtMs, leastMs, leastMs + 7_000);
    }

    [Fact]
    public async Task A_receiver_that_takes_and_never_answers_is_asked_again_and_counted()
    {
        await Notices.Attempts.DisposeAsync();
        Notices.Sender.Dispose();
        Notices = NewServices(patience: TimeSpan.FromMilliseconds(300));
        StandIn.Answer = async (c, number) =>
        {
            if (number == 1)
                await Task.Delay(Timeout.Infinite, c.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            else
                c.Response.StatusCode = 204;
        };
        var group = NewGroup();
        Tell(group, Alarm(0));

        Assert.Equal((1L, 1L), Delivered(group));
        Assert.Equal(2, StandIn.Count);
        var rows = Rows(0, 2);
        Assert.Equal(("unknown", "no answer within 0.3 s", false), (rows[0].Outcome, rows[0].Answer, rows[0].IsAmbiguous));
        Assert.Equal(("delivered", "the receiver answered 204", true), (rows[1].Outcome, rows[1].Answer, rows[1].IsAmbiguous));
    }

    [Fact]
    public void A_message_that_the_receiver_finds_wrong_is_a_dead_letter_and_the_others_of_its_pack_arrive()
    {
        StandIn.Answer = (c, _) =>
        {
            c.Response.StatusCode = WebhookStandIn.TextOf(c).Contains("metric-01", StringComparison.Ordinal) ? 400 : 204;
            return Task.CompletedTask;
        };
        var group = NewGroup();

        Tell(group, Alarm(0), Alarm(1), Alarm(2));

        Assert.Equal((2L, 0L), Delivered(group));
        Ask(group);
        World.Reader.AwaitAssert(() => Assert.Equal(1, World.Storage.DeadLetters.Counts().GetValueOrDefault("undeliverable")), TimeSpan.FromSeconds(20));
        Assert.Contains("answered 400", Assert.Single(World.Storage.DeadLetters.List(10)).Detail);
    }

    [Fact]
    public void A_message_is_posted_with_wait_so_that_the_answer_means_it_is_stored()
    {
        Tell(NewGroup(), Alarm(0));

        var post = StandIn.Next();
        Assert.Equal(("POST", "/api/webhooks/1/token", "?wait=true"), (post.Method, post.Path, post.Query));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public void A_webhook_that_is_gone_or_forbidden_is_asked_once_and_its_alarms_are_dead_letters(int status)
    {
        StandIn.Answer = Json(status, "");
        var group = NewGroup();

        Tell(group, Alarm(0));
        World.Reader.AwaitAssert(() => Assert.Contains($"{status}", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
        Tell(group, Alarm(1));
        Ask(group);

        World.Reader.AwaitAssert(() => Assert.Equal(2, World.Storage.DeadLetters.Counts().GetValueOrDefault("undeliverable")), TimeSpan.FromSeconds(20));
        Assert.Equal(1, StandIn.Count);
    }

    [Fact]
    public async Task Without_a_key_nothing_goes_to_a_receiver_of_json_and_nothing_is_lost()
    {
        using var sender = new NoticeSender(new WebhookPolicy([$"127.0.0.1:{StandIn.Port}"]), null, TimeProvider.System);

        var answer = await sender.SendAsync(new NoticeAttempt(StandIn.Hook(1), [Alarm(0) with { Receiver = ReceiverKind.Json }]));

        Assert.Equal(AttemptOutcome.NotTaken, answer.Outcome);
        Assert.Contains("webhooks.signing-key", answer.Reason);
        Assert.Equal(0, StandIn.Count);
    }

    [Fact]
    public void Every_attempt_is_written_down_and_one_whose_node_ended_is_unknown()
    {
        StandIn.Answer = async (c, number) =>
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
        World.Kill(group);

        Assert.Equal((1L, 1L), Delivered(NewGroup()));

        var rows = Rows(0, 2);
        Assert.Equal(("unknown", begun.StartedMs), (rows[0].Outcome, rows[0].StartedMs));
        Assert.NotNull(rows[0].EndedMs);
        Assert.Equal(("delivered", true), (rows[1].Outcome, rows[1].IsAmbiguous));
    }

    [Fact]
    public async Task What_is_too_old_is_a_dead_letter_of_its_own_reason()
    {
        await Notices.Attempts.DisposeAsync();
        Notices.Sender.Dispose();
        Notices = NewServices(new NoticeOptions(MaxAgeMs: 3_600_000));
        var group = NewGroup();

        Tell(group, Alarm(0), Alarm(1) with { AppendTimeMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() });

        Assert.Equal(["metric-01"], StandIn.Next().Metrics);
        World.Reader.AwaitAssert(() => Assert.Equal(1, World.Storage.DeadLetters.Counts().GetValueOrDefault("expired")), TimeSpan.FromSeconds(20));
    }

    private IReadOnlyList<DeliveryRow> Rows(int number, int count)
    {
        World.Reader.AwaitAssert(() => Assert.Equal(count, World.Storage.Deliveries.Of(Alarm(number).Id).Count(r => count == 1 || r.EndedMs is not null)), TimeSpan.FromSeconds(20));
        return World.Storage.Deliveries.Of(Alarm(number).Id);
    }
}
