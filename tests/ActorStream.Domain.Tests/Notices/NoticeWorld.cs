using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Alarms;
using ActorStream.Domain.Tests.Protocol;
using Xunit;

namespace ActorStream.Domain.Tests.Notices;

internal static class NoticeWorld
{
    public static readonly PartitionId Source = new("notices", "alarms", 1, 0);

    public static string Hook(int number) => $"https://discord.com/api/webhooks/{number}/secret-token-{number}";

    public static AlarmRecord Alarm(long offset, int hook = 1, string metric = "received-packages", double value = 508, string threshold = "500") => new(
        AlarmId.Of(new Guid(1, 0, 0, new byte[8]), EntityHarness.P0, offset), new Guid(1, 0, 0, new byte[8]), 3, metric, SeriesKey.Empty,
        new AppliedOffset(EntityHarness.P0, offset), value, ComparisonOperator.Greater, threshold, 1_700_000_000_000 + offset, 1_700_000_000_500, Hook(hook));

    /// <summary>The end of what the alarm at <paramref name="begun"/> began.</summary>
    public static AlarmRecord Resolve(long offset, long begun, int hook = 1) =>
        Alarm(offset, hook, value: 400) with { Kind = AlarmKind.Resolved, OnResolve = ResolveAction.Edit, Episode = Alarm(begun).Id };

    public static AlarmRecord Edited(long offset, int hook = 1) => Alarm(offset, hook) with { OnResolve = ResolveAction.Edit };

    public static NoticeAnswer Made(string messageId) => new(AttemptOutcome.Delivered, "the receiver answered 200") { MessageId = messageId };

    public static AlarmBatch Batch(params AlarmRecord[] alarms) => new([.. alarms.Select(a => a.Cause.Offset)], alarms);
}

/// <summary>A notice state, and the fold of everything it journaled: compared at every event.</summary>
internal sealed class NoticePair(NoticeOptions? options = null, double jitter = 0.5)
{
    private NoticeState _folded = New(options, jitter);

    public NoticeState State { get; private set; } = New(options, jitter);

    public List<NoticeStateChange> Journal { get; } = [];

    public int Apply(params AlarmRecord[] alarms)
    {
        var index = 0;
        State.Apply(NoticeWorld.Source, NoticeWorld.Batch(alarms), ref index, new OutputsInHand());
        return index;
    }

    /// <summary>One acknowledged event. Returns the attempts it made ready.</summary>
    public IReadOnlyList<NoticeAttempt> Write()
    {
        if (State.Capture() is NoticeStateChange change)
        {
            Journal.Add(change);
            _folded.Fold(change);
        }
        Assert.Equal(TextOf(State), TextOf(_folded));
        State.Journaled();
        return State.TakeReady();
    }

    public IReadOnlyList<NoticeAttempt> Round(long nowMs)
    {
        State.StartDue(nowMs);
        return Write();
    }

    /// <summary>What was not journaled is lost; the next incarnation folds the journal.</summary>
    public void Crash()
    {
        State = New(options, jitter);
        _folded = New(options, jitter);
        foreach (var change in Journal)
        {
            State.Fold(change);
            _folded.Fold(change);
        }
    }

    public static string TextOf(NoticeState state) => System.Text.Json.JsonSerializer.Serialize((NoticeStateSnapshot)state.CaptureAll());

    private static NoticeState New(NoticeOptions? options, double jitter) => new(options ?? new NoticeOptions(), () => jitter);
}
