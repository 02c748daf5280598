using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Tests.Alarms;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

public sealed class NoticeStateSpec
{
    [Fact]
    public void An_attempt_is_ready_only_after_the_journal_has_it()
    {
        var state = new NoticeState(new NoticeOptions(), () => 0);
        var index = 0;
        state.Apply(Source, Batch(Alarm(0)), ref index, new OutputsInHand());

        Assert.Equal(1, state.StartDue(0));
        Assert.Empty(state.TakeReady());
        var change = Assert.IsType<NoticeStateChange>(state.Capture());
        Assert.Empty(state.TakeReady());
        state.Journaled();

        Assert.Equal(Alarm(0).Id, Assert.Single(Assert.Single(change.Attempts).Alarms));
        Assert.Equal(Alarm(0), Assert.Single(Assert.Single(state.TakeReady()).Alarms));
        Assert.Empty(state.TakeReady());
    }

    [Fact]
    public void A_webhook_has_one_attempt_in_flight_and_packs_its_backlog_in_order()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));
        var first = Assert.Single(pair.Round(0));
        pair.Apply([.. Enumerable.Range(1, 14).Select(i => Alarm(i))]);

        Assert.Empty(pair.Round(1));
        pair.State.Finish(first, AttemptOutcome.Delivered, 2);
        var second = Assert.Single(pair.Round(2));
        pair.State.Finish(second, AttemptOutcome.Delivered, 3);
        var third = Assert.Single(pair.Round(3));

        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), second.Alarms.Select(a => a.Cause.Offset));
        Assert.Equal([11L, 12, 13, 14], third.Alarms.Select(a => a.Cause.Offset));
    }

    [Fact]
    public void Webhooks_do_not_wait_for_each_other()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0, hook: 1), Alarm(1, hook: 2), Alarm(2, hook: 1));

        var attempts = pair.Round(0);
        pair.State.Finish(attempts.Single(a => a.WebhookUrl == Hook(1)), AttemptOutcome.Unknown, 0);
        pair.State.Finish(attempts.Single(a => a.WebhookUrl == Hook(2)), AttemptOutcome.Delivered, 0);
        pair.Apply(Alarm(3, hook: 2));

        Assert.Equal(Hook(2), Assert.Single(pair.Round(1)).WebhookUrl);
    }

    [Fact]
    public void A_429_waits_exactly_as_long_as_the_receiver_asked_and_leaves_nothing_in_doubt()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));

        pair.State.Finish(Assert.Single(pair.Round(1_000)), AttemptOutcome.NotTaken, 1_000, retryAfterMs: 2_345);

        Assert.Equal(3_345, pair.State.NextDueMs(1_000));
        Assert.Empty(pair.Round(3_344));
        Assert.Single(pair.Round(3_345));
        Assert.Equal(0, Assert.Single(pair.State.Describe().Channels).Ambiguous);
    }

    [Theory]
    [InlineData(0.0, new long[] { 1_000, 1_000, 1_000 })]
    [InlineData(1.0, new long[] { 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000 })]
    [InlineData(0.5, new long[] { 1_500, 2_500, 4_500 })]
    public void Unknown_outcomes_back_off_exponentially_between_one_and_sixty_seconds(double jitter, long[] pauses)
    {
        var pair = new NoticePair(jitter: jitter);
        pair.Apply(Alarm(0));
        long nowMs = 0;

        foreach (var pause in pauses)
        {
            pair.State.Finish(Assert.Single(pair.Round(nowMs)), AttemptOutcome.Unknown, nowMs);
            Assert.Equal(nowMs + pause, pair.State.NextDueMs(nowMs));
            nowMs += pause;
        }
    }

    [Fact]
    public void A_delivery_ends_the_backoff_and_a_rate_limit_that_comes_with_it_is_obeyed()
    {
        var pair = new NoticePair(jitter: 1);
        pair.Apply(Alarm(0));
        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Unknown, 0);
        pair.State.Finish(Assert.Single(pair.Round(2_000)), AttemptOutcome.Delivered, 2_000, retryAfterMs: 700);
        pair.Apply(Alarm(1));

        Assert.Equal(2_700, pair.State.NextDueMs(2_000));
        pair.State.Finish(Assert.Single(pair.Round(2_700)), AttemptOutcome.Unknown, 2_700);

        Assert.Equal(4_700, pair.State.NextDueMs(2_700));
    }

    [Fact]
    public void What_is_in_doubt_is_repeated_as_it_was_packed_and_counted()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0), Alarm(1));
        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Unknown, 0);
        pair.Apply(Alarm(2), Alarm(3));

        var repeated = Assert.Single(pair.Round(60_000));

        Assert.Equal([0L, 1], repeated.Alarms.Select(a => a.Cause.Offset));
        Assert.Equal(2, Assert.Single(pair.State.Describe().Channels).Ambiguous);
    }

    [Fact]
    public void After_a_crash_an_attempt_without_an_outcome_is_repeated_as_it_was_packed_and_counted()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0), Alarm(1));
        pair.Round(0);

        pair.Crash();
        pair.Apply(Alarm(2));
        var repeated = Assert.Single(pair.Round(5));

        Assert.Equal([0L, 1], repeated.Alarms.Select(a => a.Cause.Offset));
        Assert.Equal(2, Assert.Single(pair.State.Describe().Channels).Ambiguous);
    }

    [Fact]
    public void A_delivery_whose_outcome_was_not_journaled_is_in_doubt_after_a_crash()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));
        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Delivered, 0);

        pair.Crash();

        Assert.Single(Assert.Single(pair.Round(1)).Alarms);
        Assert.Equal((0L, 1L), (pair.State.Describe().Channels[0].Delivered, pair.State.Describe().Channels[0].Ambiguous));
    }

    [Fact]
    public void A_refused_notice_becomes_a_dead_letter_and_the_next_one_goes()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));
        var attempt = Assert.Single(pair.Round(0));
        pair.Apply(Alarm(1));

        pair.State.Finish(attempt, AttemptOutcome.Refused, 0, reason: "400: embed is invalid");

        var letter = Assert.Single(pair.State.TakeUndeliverable());
        Assert.Equal(("notices/" + Alarm(0).Id, "400: embed is invalid"), (letter.Id, letter.Reason));
        Assert.Empty(pair.State.TakeUndeliverable());
        Assert.Equal(Alarm(1), Assert.Single(Assert.Single(pair.Round(0)).Alarms));
    }

    [Fact]
    public void Of_a_refused_pack_only_the_bad_notice_becomes_a_dead_letter()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0), Alarm(1), Alarm(2));
        var delivered = new List<long>();
        var packs = new List<int>();

        while (pair.Round(0) is [var attempt])
        {
            packs.Add(attempt.Alarms.Count);
            var isBad = attempt.Alarms.Any(a => a.Cause.Offset == 1);
            pair.State.Finish(attempt, isBad ? AttemptOutcome.Refused : AttemptOutcome.Delivered, 0);
            delivered.AddRange(isBad ? [] : attempt.Alarms.Select(a => a.Cause.Offset));
            if (packs.Count == 4)
                pair.Apply(Alarm(3), Alarm(4));
        }

        Assert.Equal([3, 1, 1, 1, 2], packs);
        Assert.Equal([0L, 2, 3, 4], delivered);
        Assert.Equal(1, Assert.Single(pair.State.TakeUndeliverable()).Alarm.Cause.Offset);
        Assert.Equal(0, pair.State.Describe().Channels[0].Ambiguous);
    }

    [Fact]
    public void A_dead_webhook_is_never_tried_again_and_nothing_for_it_is_dropped_silently()
    {
        var pair = new NoticePair(new NoticeOptions(QueueMax: 3));
        pair.Apply(Alarm(0), Alarm(1));
        pair.State.Die(Assert.Single(pair.Round(0)), "404: unknown webhook");
        pair.Write();

        pair.Crash();
        Assert.Equal(3, pair.Apply(Alarm(2), Alarm(3), Alarm(4)));

        Assert.Empty(pair.Round(1_000_000));
        Assert.Null(pair.State.NextDueMs(0));
        Assert.Equal([2L, 3, 4], pair.State.TakeUndeliverable().Select(l => l.Alarm.Cause.Offset));
        Assert.Equal("404: unknown webhook", Assert.Single(pair.State.Describe().Channels).DeadReason);
    }

    [Fact]
    public void The_queue_of_a_webhook_that_dies_becomes_dead_letters()
    {
        var pair = new NoticePair();
        pair.Apply([.. Enumerable.Range(0, 12).Select(i => Alarm(i))]);

        pair.State.Die(Assert.Single(pair.Round(0)), "401");

        Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), pair.State.TakeUndeliverable().Select(l => l.Alarm.Cause.Offset));
    }

    [Fact]
    public void A_full_queue_stops_before_the_next_alarm_until_there_is_room()
    {
        var pair = new NoticePair(new NoticeOptions(QueueMax: 3, PackMax: 2));

        Assert.Equal(3, pair.Apply(Alarm(0, 1), Alarm(1, 2), Alarm(2, 1), Alarm(3, 1), Alarm(4, 1)));
        Assert.Equal(0, pair.Apply(Alarm(3, 1), Alarm(4, 1)));
        var attempt = pair.Round(0).Single(a => a.WebhookUrl == Hook(1));
        pair.State.Finish(attempt, AttemptOutcome.Delivered, 0);

        Assert.Equal(2, pair.Apply(Alarm(3, 1), Alarm(4, 1)));
        Assert.Equal(3, pair.State.Queued);
    }

    [Fact]
    public void An_outcome_is_taken_once_and_only_of_an_attempt_under_way()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0));
        var attempt = Assert.Single(pair.Round(0));
        pair.State.Finish(attempt, AttemptOutcome.Delivered, 0);

        Assert.Throws<InvalidOperationException>(() => pair.State.Finish(attempt, AttemptOutcome.Delivered, 0));
        Assert.Throws<InvalidOperationException>(() => pair.State.Die(attempt, "404"));
        pair.Crash();
        Assert.Throws<InvalidOperationException>(() => pair.State.Finish(attempt, AttemptOutcome.Delivered, 0));
    }

    [Fact]
    public void A_journal_that_names_other_notices_than_the_queue_holds_is_refused()
    {
        var state = new NoticeState(new NoticeOptions(), () => 0);
        state.Fold(new NoticeStateChange([Alarm(0)], [], [], [], []));

        Assert.Throws<InvalidDataException>(() => state.Fold(new NoticeStateChange([], [], [], [], [new AttemptStarted(Hook(1), [Alarm(1).Id])])));
        Assert.Throws<InvalidDataException>(() => state.Fold(new NoticeStateChange([], [new AttemptFinished(Hook(1), [Alarm(0).Id, Alarm(1).Id], AttemptOutcome.Delivered)], [], [], [])));
        Assert.Throws<InvalidDataException>(() => state.Fold(new AlarmStateChange(0, [])));
        Assert.Throws<InvalidDataException>(() => state.Restore(new AlarmStateChange(0, [])));
    }

    [Fact]
    public void Nothing_that_people_see_holds_the_token()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0, 1), Alarm(1, 2));
        var attempt = pair.Round(0)[0];
        pair.State.Die(attempt, "404");
        pair.Write();

        var texts = string.Join('\n', pair.Journal.SelectMany(j => j.Attempts.Select(a => a.ToString()).Concat(j.Died.Select(d => d.ToString())).Concat(j.Queued.Select(q => q.ToString()))));
        var seen = $"{texts}\n{attempt}\n{JsonSerializer.Serialize(pair.State.Describe())}\n{((NoticeStateSnapshot)pair.State.CaptureAll()).Channels[0]}";

        Assert.Contains("/api/webhooks/1/***", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", seen, StringComparison.Ordinal);
    }
}
