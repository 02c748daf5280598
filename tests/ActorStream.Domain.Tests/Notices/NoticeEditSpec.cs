using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

/// <summary><c>on_resolve: edit</c>: the first message of an episode is changed in place.</summary>
public sealed class NoticeEditSpec
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resolve_changes_the_first_message_in_place_also_after_a_fail_over(bool isCrashed)
    {
        var pair = Delivered(out _);
        if (isCrashed)
            pair.Crash();

        pair.Apply(Resolve(5, begun: 0));

        var edit = Assert.Single(pair.Round(10));
        Assert.Equal("9001", edit.EditedMessage);
        Assert.Equal(AlarmKind.Resolved, Assert.Single(edit.Alarms).Kind);
    }

    [Fact]
    public void What_will_be_edited_goes_in_a_message_of_its_own_and_keeps_its_place_in_the_order()
    {
        var pair = new NoticePair();
        pair.Apply(Alarm(0), Alarm(1), Edited(2), Alarm(3), Resolve(4, begun: 2), Alarm(5));
        var packs = new List<long[]>();

        while (pair.Round(0) is [var attempt])
        {
            packs.Add([.. attempt.Alarms.Select(a => a.Cause.Offset)]);
            pair.State.Finish(attempt, Made("77"), 0);
        }

        Assert.Equal([[0L, 1L], [2L], [3L], [4L], [5L]], packs);
    }

    [Fact]
    public void An_episode_is_forgotten_with_its_resolve()
    {
        var pair = Delivered(out _);
        pair.Apply(Resolve(5, begun: 0), Resolve(6, begun: 0));

        pair.State.Finish(Assert.Single(pair.Round(0)), Made("9001"), 0);

        Assert.Null(Assert.Single(pair.Round(0)).EditedMessage);
        Assert.Empty(SnapshotOf(pair).Messages);
    }

    [Fact]
    public void The_first_message_of_an_episode_is_edited_not_a_later_one()
    {
        var pair = Delivered(out _);
        pair.Apply(Edited(1) with { Episode = Alarm(0).Id });
        pair.State.Finish(Assert.Single(pair.Round(0)), Made("9002"), 0);

        pair.Apply(Resolve(2, begun: 0));

        Assert.Equal("9001", Assert.Single(pair.Round(0)).EditedMessage);
    }

    [Fact]
    public void Without_a_known_message_a_resolve_is_an_ordinary_one()
    {
        var pair = new NoticePair();
        pair.Apply(Resolve(5, begun: 0));

        Assert.Null(Assert.Single(pair.Round(0)).EditedMessage);
    }

    [Theory]
    [InlineData(AttemptOutcome.MessageGone)]
    [InlineData(AttemptOutcome.Refused)]
    public void A_message_that_cannot_be_edited_any_more_is_followed_by_an_ordinary_one(AttemptOutcome outcome)
    {
        var pair = Delivered(out _);
        pair.Apply(Resolve(5, begun: 0));

        pair.State.Finish(Assert.Single(pair.Round(0)), outcome, 0);

        var ordinary = Assert.Single(pair.Round(0));
        Assert.Null(ordinary.EditedMessage);
        Assert.Empty(pair.State.TakeUndeliverable());
        pair.State.Finish(ordinary, AttemptOutcome.Refused, 0);
        Assert.Single(pair.State.TakeUndeliverable());
    }

    [Fact]
    public void An_edit_repeated_after_a_lost_answer_is_not_ambiguous()
    {
        var pair = Delivered(out _);
        pair.Apply(Resolve(5, begun: 0));
        pair.State.Finish(Assert.Single(pair.Round(0)), AttemptOutcome.Unknown, 0);

        Assert.Equal("9001", Assert.Single(pair.Round(5_000)).EditedMessage);
        pair.Crash();
        Assert.Equal("9001", Assert.Single(pair.Round(10_000)).EditedMessage);

        Assert.Equal(0, pair.State.Ambiguous);
    }

    [Fact]
    public void Beyond_a_thousand_the_oldest_message_is_forgotten_and_its_resolve_is_an_ordinary_one()
    {
        var pair = new NoticePair();
        for (var i = 0; i <= 1_000; i++)
        {
            pair.Apply(Edited(i));
            pair.State.Finish(Assert.Single(pair.Round(0)), Made($"{i + 1}"), 0);
        }
        pair.Write();

        Assert.Equal(1_000, SnapshotOf(pair).Messages.Count);
        pair.Apply(Resolve(2_000, begun: 0), Resolve(2_001, begun: 1));
        var first = Assert.Single(pair.Round(0));
        pair.State.Finish(first, AttemptOutcome.Delivered, 0);
        Assert.Equal((null, "2"), (first.EditedMessage, Assert.Single(pair.Round(0)).EditedMessage));
    }

    [Fact]
    public void A_dead_webhook_remembers_no_messages()
    {
        var pair = Delivered(out _);
        pair.Apply(Alarm(1));

        pair.State.Die(Assert.Single(pair.Round(0)), "404");

        Assert.Empty(SnapshotOf(pair).Messages);
    }

    [Fact]
    public void A_receiver_of_json_gets_one_alarm_a_request_and_edits_nothing()
    {
        var pair = new NoticePair();
        pair.Apply([.. new[] { Edited(0), Alarm(1), Resolve(2, begun: 0) }.Select(a => a with { Receiver = ReceiverKind.Json })]);
        var attempts = new List<NoticeAttempt>();

        while (pair.Round(0) is [var attempt])
        {
            attempts.Add(attempt);
            pair.State.Finish(attempt, Made("1"), 0);
        }

        Assert.Equal([0L, 1, 2], attempts.Select(a => Assert.Single(a.Alarms).Cause.Offset));
        Assert.All(attempts, a => Assert.Null(a.EditedMessage));
        Assert.Empty(SnapshotOf(pair).Messages);
    }

    /// <summary>Message 9001 is there for the episode that alarm 0 began.</summary>
    private static NoticePair Delivered(out NoticeAttempt attempt)
    {
        var pair = new NoticePair();
        pair.Apply(Edited(0));
        attempt = Assert.Single(pair.Round(0));
        Assert.True(attempt.WantsMessageId);
        pair.State.Finish(attempt, Made("9001"), 0);
        pair.Write();
        return pair;
    }

    private static ChannelSnapshot SnapshotOf(NoticePair pair) => Assert.Single(((NoticeStateSnapshot)pair.State.CaptureAll()).Channels);
}
