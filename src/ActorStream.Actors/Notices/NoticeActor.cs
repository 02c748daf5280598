using System.Text.Json;
using ActorStream.Actors.Entities;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Notices;

/// <summary>Delivers the alarms of one group of webhooks: in order per webhook, each attempt journaled before it is made.</summary>
/// <remarks>Persistence id <c>notice-{group}</c>. Decisions are in <see cref="NoticeState"/>; this shell sends, tells the time and stores what cannot be delivered.</remarks>
public sealed class NoticeActor : LogFedActor
{
    private const string DueTimer = "due";

    private readonly NoticeState _state;
    private readonly NoticeServices _notices;
    private readonly EntityServices _services;
    private bool _isResumed;

    public NoticeActor(string group, NoticeServices notices, EntityServices services)
        : this(group, new NoticeState(notices.Options, Random.Shared.NextDouble), notices, services)
    {
    }

    private NoticeActor(string group, NoticeState state, NoticeServices notices, EntityServices services)
        : base("notice", new EntityOptions(group, IsFixedGroup: true), state, services)
    {
        _state = state;
        _notices = notices;
        _services = services;
    }

    /// <summary>A receiver's "retry after" is told in the world's time.</summary>
    private long EpochMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The clock is cut to milliseconds, so a pause counts from the next one: never earlier than allowed.</summary>
    private long AnsweredMs => EpochMs + 1;

    /// <summary>Discord's limit over all webhooks, as far as this node was told.</summary>
    private long DiscordNotBeforeMs => _notices.Sender.Global.NotBeforeMs;

    public static Props Props(string group, NoticeServices notices, EntityServices services) => Akka.Actor.Props.Create(() => new NoticeActor(group, notices, services));

    protected override string Describe() => JsonSerializer.Serialize(_state.Describe(DiscordNotBeforeMs));

    /// <summary>A request under way has an outcome soon; stopping before it is known would make the next one ambiguous.</summary>
    protected override bool MayStop => _state.Describe().Channels.All(c => !c.Attempting);

    protected override void AfterInput()
    {
        if (Machine.IsStopping)
            return;
        if (IsStopAsked)
        {
            // Journaled and never sent: say so, or the next incarnation has to take it for sent.
            foreach (var attempt in _state.TakeReady())
                _state.Finish(attempt, AttemptOutcome.NotTaken, EpochMs, 0);
            return;
        }
        var now = EpochMs;
        if (!_isResumed)
            Resume(now);
        var ambiguous = _state.Ambiguous;
        if (_state.StartDue(now, DiscordNotBeforeMs) > 0)
        {
            Machine.WriteCheckpoint();
            _services.Telemetry.SentInDoubt(_state.Ambiguous - ambiguous);
        }
        foreach (var attempt in _state.TakeReady())
            Send(attempt);
        if (_state.NextDueMs(now, DiscordNotBeforeMs) is { } due)
            Timers.StartSingleTimer(DueTimer, DueNow.Instance, TimeSpan.FromMilliseconds(Math.Max(1, due - now)));
    }

    /// <summary>After the event nobody would know them again, so they are durable before it.</summary>
    protected override Task BeforeJournal()
    {
        var undeliverable = _state.TakeUndeliverable();
        return undeliverable.Count == 0 ? Task.CompletedTask : _services.DeadLetters.AddAsync([.. undeliverable.Select(ToLetter)]);
    }

    protected override bool OnOther(object message)
    {
        switch (message)
        {
            case Answered answered:
                OnAnswered(answered.Attempt, answered.Answer, answered.StartedMs);
                return true;
            case DueNow:
                return true;
            default:
                return false;
        }
    }

    private void Resume(long nowMs)
    {
        _isResumed = true;
        _notices.Attempts.EndedUnknown(_state.Resume(nowMs), nowMs);
    }

    private void Send(NoticeAttempt attempt)
    {
        var now = EpochMs;
        // Another group may have been told to wait while the journal wrote.
        if (attempt.Receiver == ReceiverKind.Discord && DiscordNotBeforeMs > now)
        {
            _state.Finish(attempt, AttemptOutcome.NotTaken, now, DiscordNotBeforeMs - now, "kept back by Discord's limit over all webhooks");
            return;
        }
        _notices.Attempts.Started(attempt, now);
        _notices.Sender.SendAsync(attempt)
            .PipeTo(Self, success: answer => new Answered(attempt, answer, now), failure: error => new Answered(attempt, new NoticeAnswer(AttemptOutcome.Unknown, error.Message), now));
    }

    private void OnAnswered(NoticeAttempt attempt, NoticeAnswer answer, long startedMs)
    {
        var now = AnsweredMs;
        _state.Finish(attempt, answer, now);
        // The pause holds for the next incarnation too, wherever it runs.
        if (answer.AsksForPause)
            Machine.WriteCheckpoint();
        _notices.Attempts.Ended(attempt, startedMs, answer, now);
        var outcome = answer.Outcome?.ToString() ?? "Dead";
        _services.Telemetry.Posted(outcome);
        if (answer.Outcome is null or AttemptOutcome.Refused or AttemptOutcome.Unknown)
            Log.Warning("{0}: {1} notices: {2} ({3})", PersistenceId, attempt.Alarms.Count, outcome, answer.Reason);
        else
            Log.Debug("{0}: {1} notices: {2} ({3})", PersistenceId, attempt.Alarms.Count, outcome, answer.Reason);
    }

    private DeadLetterEntry ToLetter(UndeliverableNotice notice) => new(
        notice.Id, notice.IsExpired ? "expired" : "undeliverable", PersistenceId, Time.GetUtcNow().ToUnixTimeMilliseconds(),
        $"The alarm of rule {notice.Alarm.RuleId} on metric '{notice.Alarm.Metric}' was not delivered: {notice.Reason}.", notice.Alarm.Metric);

    private sealed record Answered(NoticeAttempt Attempt, NoticeAnswer Answer, long StartedMs) : INoSerializationVerificationNeeded;

    private sealed class DueNow : INoSerializationVerificationNeeded
    {
        public static readonly DueNow Instance = new();
    }
}
