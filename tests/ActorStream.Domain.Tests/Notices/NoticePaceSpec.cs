using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

/// <summary>Never a request earlier than the receiver allowed, and nothing sent that is too old.</summary>
public sealed class NoticePaceSpec
{
    [Fact]
    public void An_empty_bucket_is_waited_for_and_a_filled_one_is_not()
    {
        var pair = new NoticePair(new NoticeOptions(PackMax: 1));
        pair.Apply(Alarm(0), Alarm(1), Alarm(2));

        pair.State.Finish(Assert.Single(pair.Round(0)), Answer(AttemptOutcome.Delivered, remaining: 1, resetAfterMs: 900), 100);
        pair.State.Finish(Assert.Single(pair.Round(100)), Answer(AttemptOutcome.Delivered, remaining: 0, resetAfterMs: 700), 300);

        Assert.Equal(1_000, pair.State.NextDueMs(300));
        Assert.Empty(pair.Round(999));
        Assert.Single(pair.Round(1_000));
    }

    [Fact]
    public void A_request_whose_answer_says_nothing_still_costs_a_token()
    {
        var pair = new NoticePair(new NoticeOptions(PackMax: 1), jitter: 0);
        pair.Apply(Alarm(0), Alarm(1));

        pair.State.Finish(Assert.Single(pair.Round(0)), Answer(AttemptOutcome.Delivered, remaining: 1, resetAfterMs: 5_000), 0);
        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Unknown, 0);

        // The backoff alone would end at 1,000.
        Assert.Equal(5_000, pair.State.NextDueMs(0));
    }

    [Theory]
    [InlineData(2, 321)]
    [InlineData(1, 60_000)]
    public void A_429_costs_a_token_too_and_the_bucket_is_waited_for_beside_the_pause_it_asks_for(int remaining, long dueMs)
    {
        var pair = new NoticePair(new NoticeOptions(PackMax: 1));
        pair.Apply(Alarm(0), Alarm(1));
        pair.State.Finish(Assert.Single(pair.Round(0)), Answer(AttemptOutcome.Delivered, remaining, resetAfterMs: 60_000), 0);

        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.NotTaken, 0, retryAfterMs: 321);

        Assert.Equal(dueMs, pair.State.NextDueMs(0));
    }

    [Theory]
    [InlineData(AttemptOutcome.NotTaken)]
    [InlineData(AttemptOutcome.Delivered)]
    [InlineData(AttemptOutcome.Unknown)]
    public void A_pause_holds_for_the_next_incarnation_too(AttemptOutcome outcome)
    {
        var pair = new NoticePair(jitter: 0);
        pair.Apply(Alarm(0));
        pair.State.Finish(Assert.Single(pair.Round(0)), outcome, 1_000, retryAfterMs: 8_000);
        pair.Write();

        pair.Crash();
        pair.Apply(Alarm(1));

        Assert.Equal(9_000, pair.State.NextDueMs(1_001));
        Assert.Empty(pair.Round(8_999));
        Assert.Single(pair.Round(9_000));
    }

    [Fact]
    public void After_a_recovery_what_is_in_doubt_waits_a_backoff_because_its_answer_may_have_asked_for_one()
    {
        var pair = new NoticePair(jitter: 0.5);
        pair.Apply(Alarm(0, 1), Alarm(1, 1), Alarm(2, 2));
        foreach (var attempt in pair.Round(0))
            if (attempt.WebhookUrl == Hook(2))
                pair.State.Finish(attempt, AttemptOutcome.NotTaken, 0, 0);
        pair.Write();

        pair.Crash();
        var open = pair.State.Resume(100);

        Assert.Equal([new OpenAttempt(Alarm(0).Id, 1), new OpenAttempt(Alarm(1).Id, 1)], open);
        Assert.Equal(Hook(2), Assert.Single(pair.Round(100)).WebhookUrl);
        Assert.Empty(pair.Round(1_599));
        Assert.Equal(Hook(1), Assert.Single(pair.Round(1_600)).WebhookUrl);
    }

    [Fact]
    public void Discords_limit_over_all_webhooks_holds_back_every_webhook_of_discord_and_no_other_receiver()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0, 1), Alarm(1, 2), Alarm(2, 3) with { Receiver = ReceiverKind.Json });

        Assert.Equal(1, pair.State.StartDue(0, discordNotBeforeMs: 500));
        Assert.Equal(Hook(3), Assert.Single(pair.Write()).WebhookUrl);
        Assert.Equal(500, pair.State.NextDueMs(0, 500));
        Assert.Equal(500, pair.State.Describe(500).Channels.Single(c => c.Webhook.Contains("/1/", StringComparison.Ordinal)).NextTryMs);
        Assert.Equal(0, pair.State.StartDue(499, 500));
        Assert.Equal(2, pair.State.StartDue(500, 500));
    }

    [Fact]
    public void The_last_answer_is_shown_with_its_time()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));
        Assert.Null(pair.State.Describe().Channels[0].LastAnswer);

        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Unknown, 1_234, reason: "the receiver answered 502");

        Assert.Equal(("the receiver answered 502", 1_234L), (pair.State.Describe().Channels[0].LastAnswer, pair.State.Describe().Channels[0].LastAnswerMs));
    }

    [Fact]
    public void What_is_older_than_the_bound_when_its_turn_comes_is_a_dead_letter_and_the_next_one_goes()
    {
        var pair = new NoticePair(new NoticeOptions(MaxAgeMs: 60_000));
        const long now = 1_700_000_100_000;
        pair.Apply(Aged(0, 60_001), Aged(1, 99_000), Aged(2, 60_000), Aged(3, 70_000));

        var attempt = Assert.Single(pair.Round(now));

        // The last one is too old as well, but its turn has not come: it stands behind one that is young enough.
        Assert.Equal([2L, 3], attempt.Alarms.Select(a => a.Cause.Offset));
        var letters = pair.State.TakeUndeliverable();
        Assert.Equal([0L, 1], letters.Select(l => l.Alarm.Cause.Offset));
        Assert.All(letters, l => Assert.True(l.IsExpired));
        Assert.Equal("it was 60001 ms old when its turn came, and notices.max-age is 60000 ms", letters[0].Reason);
        Assert.Equal([Alarm(0).Id, Alarm(1).Id], Assert.Single(pair.Journal[^1].Expired).Alarms);

        static Domain.Alarms.AlarmRecord Aged(long offset, long ageMs) => Alarm(offset) with { AppendTimeMs = now - ageMs };
    }

    [Fact]
    public void Without_a_bound_nothing_is_too_old()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0) with { AppendTimeMs = 0 });

        Assert.Single(pair.Round(long.MaxValue / 2));
        Assert.Empty(pair.State.TakeUndeliverable());
    }

    [Fact]
    public void When_all_is_too_old_the_journal_is_asked_all_the_same()
    {
        var pair = new NoticePair(new NoticeOptions(MaxAgeMs: 1));
        pair.Apply(Alarm(0), Alarm(1));

        Assert.Equal(2, pair.State.StartDue(long.MaxValue / 2));
        Assert.Empty(pair.Write());
        pair.Crash();

        Assert.Equal(0, pair.State.Queued);
    }

    private static NoticeAnswer Answer(AttemptOutcome outcome, int remaining, long resetAfterMs) => new(outcome, "answered") { Budget = new RateBudget(remaining, resetAfterMs) };
}
