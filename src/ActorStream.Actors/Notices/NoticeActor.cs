using System.Text.Json;
using ActorStream.Actors.Entities;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Storage.Contracts;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Notices;

/// <summary>Delivers the alarms of one group of webhooks: in order per webhook, each attempt journaled before it is made.</summary>
/// <remarks>Persistence id <c>notice-{group}</c>. Decisions are in <see cref="NoticeState"/>; this shell posts, tells the time and stores what cannot be delivered.</remarks>
public sealed class NoticeActor : LogFedActor
{
    private const string DueTimer = "due";

    private readonly NoticeState _state;
    private readonly DiscordSender _sender;
    private readonly EntityServices _services;

    public NoticeActor(string group, DiscordSender sender, EntityServices services)
        : this(group, new NoticeState(new NoticeOptions(), Random.Shared.NextDouble), sender, services)
    {
    }

    private NoticeActor(string group, NoticeState state, DiscordSender sender, EntityServices services)
        : base("notice", new EntityOptions(group, IsFixedGroup: true), state, services)
    {
        _state = state;
        _sender = sender;
        _services = services;
    }

    /// <summary>A receiver's "retry after" is told in the world's time.</summary>
    private long EpochMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static Props Props(string group, DiscordSender sender, EntityServices services) => Akka.Actor.Props.Create(() => new NoticeActor(group, sender, services));

    protected override string Describe() => JsonSerializer.Serialize(_state.Describe());

    /// <summary>A POST under way has an outcome soon; stopping before it is known would make the next one ambiguous.</summary>
    protected override bool MayStop => _state.Describe().Channels.All(c => !c.Attempting);

    protected override void AfterInput()
    {
        if (Machine.IsStopping)
            return;
        if (IsStopAsked)
        {
            // Journaled and never posted: say so, or the next incarnation has to take it for posted.
            foreach (var attempt in _state.TakeReady())
                _state.Finish(attempt, AttemptOutcome.NotTaken, EpochMs, 0);
            return;
        }
        var now = EpochMs;
        var ambiguous = _state.Ambiguous;
        if (_state.StartDue(now) > 0)
        {
            Machine.WriteCheckpoint();
            _services.Telemetry.SentInDoubt(_state.Ambiguous - ambiguous);
        }
        foreach (var attempt in _state.TakeReady())
            _sender.PostAsync(attempt).PipeTo(Self, success: delivery => new Posted(attempt, delivery), failure: error => new Posted(attempt, new Delivery(AttemptOutcome.Unknown, null, error.Message)));
        if (_state.NextDueMs(now) is { } due)
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
            case Posted posted:
                OnPosted(posted.Attempt, posted.Delivery);
                return true;
            case DueNow:
                return true;
            default:
                return false;
        }
    }

    private void OnPosted(NoticeAttempt attempt, Delivery delivery)
    {
        _services.Telemetry.Posted(delivery.Outcome?.ToString() ?? "Dead");
        if (delivery.Outcome is { } outcome)
            _state.Finish(attempt, outcome, EpochMs, delivery.RetryAfterMs, delivery.Reason);
        else
            _state.Die(attempt, delivery.Reason);
        if (delivery.Outcome != AttemptOutcome.Delivered)
            Log.Warning("{0}: {1} notices: {2} ({3})", PersistenceId, attempt.Alarms.Count, delivery.Outcome?.ToString() ?? "webhook is dead", delivery.Reason);
    }

    private DeadLetterEntry ToLetter(UndeliverableNotice notice) => new(
        notice.Id, "undeliverable", PersistenceId, Time.GetUtcNow().ToUnixTimeMilliseconds(),
        $"The alarm of rule {notice.Alarm.RuleId} on metric '{notice.Alarm.Metric}' was not delivered: {notice.Reason}.", notice.Alarm.Metric);

    private sealed record Posted(NoticeAttempt Attempt, Delivery Delivery) : INoSerializationVerificationNeeded;

    private sealed class DueNow : INoSerializationVerificationNeeded
    {
        public static readonly DueNow Instance = new();
    }
}
