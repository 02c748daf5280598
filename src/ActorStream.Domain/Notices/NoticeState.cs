using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>A notice group: one queue per webhook, one attempt in flight each, every attempt journaled before it is made.</summary>
/// <remarks>
/// protocol.md rule 30 and A8: of a webhook, deliveries &lt;= notices + ambiguous, whatever happens. Times are parameters, epoch milliseconds.
/// <para>The shell's round: <see cref="StartDue"/> · <see cref="EntityMachine.WriteCheckpoint"/> if it started any · in the journal effect, before the write, <see cref="TakeUndeliverable"/> ·
/// after <see cref="EntityMachine.OnJournaled"/>, <see cref="TakeReady"/> and POST · <see cref="Finish"/> or <see cref="Die"/> · again.</para>
/// </remarks>
/// <param name="options">Bounds.</param>
/// <param name="jitter">A number from 0 to 1 for each backoff.</param>
public sealed class NoticeState(NoticeOptions options, Func<double> jitter) : IEntityLogic
{
    private readonly Dictionary<string, NoticeChannel> _channels = new(StringComparer.Ordinal);
    private readonly List<AlarmRecord> _queued = [];
    private readonly List<AttemptFinished> _finished = [];
    private readonly List<ChannelDied> _died = [];
    private readonly List<NoticeAttempt> _started = [];
    private readonly List<NoticeAttempt> _captured = [];
    private readonly List<NoticeAttempt> _ready = [];
    private readonly List<UndeliverableNotice> _undeliverable = [];

    /// <summary>Notices queued, those under way included.</summary>
    public int Queued => _channels.Values.Sum(c => c.Queued);

    /// <summary>Notices sent again although the attempt before has no known outcome, since the group began: no more than these may arrive twice.</summary>
    public long Ambiguous => _channels.Values.Sum(c => c.Ambiguous);

    public bool IsDirty => _queued.Count > 0 || _finished.Count > 0 || _died.Count > 0 || _started.Count > 0;

    /// <summary>Stops before the next alarm when the group's queue is full: the reader brings it again, as with a full outbox.</summary>
    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        var alarms = ((AlarmBatch)batch).Alarms;
        for (var room = options.QueueMax - Queued; index < alarms.Count && room > 0; index++)
        {
            var alarm = alarms[index];
            var channel = ChannelOf(alarm.WebhookUrl);
            if (channel.DeadReason is { } reason)
            {
                _undeliverable.Add(new UndeliverableNotice(alarm, reason));
                continue;
            }
            channel.Enqueue(alarm);
            _queued.Add(alarm);
            room--;
        }
    }

    /// <summary>Nothing: retries go by the shell's clock, not by the log's time.</summary>
    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
    }

    /// <summary>Starts an attempt for each live webhook that has notices, none under way and whose pause is over. They are ready only after the journal has them.</summary>
    /// <returns>How many; if any, the caller asks for a checkpoint.</returns>
    public int StartDue(long nowMs)
    {
        var before = _started.Count;
        foreach (var channel in _channels.Values)
        {
            if (channel.DueMs <= nowMs)
                _started.Add(channel.Begin(options.PackMax));
        }
        return _started.Count - before;
    }

    /// <summary>When <see cref="StartDue"/> has something to do, epoch milliseconds, not before <paramref name="nowMs"/>; null until an alarm or an outcome comes.</summary>
    public long? NextDueMs(long nowMs) => _channels.Values.Min(c => c.DueMs) is { } due ? Math.Max(due, nowMs) : null;

    /// <summary>Attempts whose start is in the journal, each once. Whoever takes one makes one POST, or finishes it as <see cref="AttemptOutcome.NotTaken"/> without.</summary>
    public IReadOnlyList<NoticeAttempt> TakeReady() => TakeAll(_ready);

    /// <summary>Alarms for the dead letters, each once per incarnation. They must be durable before the event that is about to be written: after it nobody would know them again.</summary>
    public IReadOnlyList<UndeliverableNotice> TakeUndeliverable() => TakeAll(_undeliverable);

    /// <summary>What became of an attempt made.</summary>
    /// <param name="attempt">As <see cref="TakeReady"/> gave it.</param>
    /// <param name="outcome">A refused pack is tried again one by one before anything of it becomes a dead letter.</param>
    /// <param name="nowMs">Epoch milliseconds.</param>
    /// <param name="retryAfterMs">As the receiver asked, obeyed exactly after an answer, as a lower bound after an unknown outcome.</param>
    /// <param name="reason">Why it was refused, for people.</param>
    /// <exception cref="InvalidOperationException">The attempt is not under way.</exception>
    public void Finish(NoticeAttempt attempt, AttemptOutcome outcome, long nowMs, long? retryAfterMs = null, string reason = "refused by the receiver")
    {
        var channel = UnderWay(attempt);
        var count = attempt.Alarms.Count;
        var isPackRefused = outcome == AttemptOutcome.Refused && count > 1;
        var known = isPackRefused ? AttemptOutcome.NotTaken : outcome;
        _finished.Add(new AttemptFinished(attempt.WebhookUrl, IdsOf(attempt), known));
        var left = channel.Finish(count, known);
        if (isPackRefused)
            channel.SendSingly(count);
        if (outcome == AttemptOutcome.Refused)
            _undeliverable.AddRange(left.Select(a => new UndeliverableNotice(a, reason)));
        if (outcome == AttemptOutcome.Unknown || (outcome == AttemptOutcome.NotTaken && retryAfterMs is null))
            channel.BackOff(nowMs, retryAfterMs ?? 0, options, jitter());
        else
            channel.Pause(nowMs, retryAfterMs ?? 0);
    }

    /// <summary>The receiver says that the webhook is gone (401, 403, 404): it is not tried again, what is queued and what comes are dead letters.</summary>
    /// <param name="attempt">As <see cref="TakeReady"/> gave it.</param>
    /// <param name="reason">For people, without the token.</param>
    /// <exception cref="InvalidOperationException">The attempt is not under way.</exception>
    public void Die(NoticeAttempt attempt, string reason)
    {
        _died.Add(new ChannelDied(attempt.WebhookUrl, reason));
        _undeliverable.AddRange(UnderWay(attempt).Die(reason).Select(a => new UndeliverableNotice(a, reason)));
    }

    public NoticeDescription Describe() => new(Queued, [.. _channels.Values.Select(c => c.Describe()).OrderBy(c => c.Key, StringComparer.Ordinal)]);

    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        var change = new NoticeStateChange([.. _queued], [.. _finished], [.. _died], [.. _started.Select(a => new AttemptStarted(a.WebhookUrl, IdsOf(a)))]);
        _captured.AddRange(_started);
        _queued.Clear();
        _finished.Clear();
        _died.Clear();
        _started.Clear();
        return change;
    }

    public IStateSnapshot CaptureAll() => new NoticeStateSnapshot([.. _channels.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value.Snapshot())]);

    public void Journaled()
    {
        _ready.AddRange(_captured);
        _captured.Clear();
    }

    public void Fold(IStateChange change)
    {
        if (change is not NoticeStateChange notices)
            throw new InvalidDataException($"The journal of a notice group holds a {change.GetType().Name}, which is no state of notices.");
        foreach (var alarm in notices.Queued)
            ChannelOf(alarm.WebhookUrl).Enqueue(alarm);
        foreach (var finished in notices.Finished)
            HeadOf(finished.WebhookUrl, finished.Alarms).Finish(finished.Alarms.Count, finished.Outcome);
        foreach (var died in notices.Died)
            ChannelOf(died.WebhookUrl).Die(died.Reason);
        foreach (var started in notices.Attempts)
            HeadOf(started.WebhookUrl, started.Alarms).Start(started.Alarms.Count);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not NoticeStateSnapshot notices)
            throw new InvalidDataException($"The snapshot of a notice group holds a {snapshot.GetType().Name}, which is no state of notices.");
        _channels.Clear();
        foreach (var channel in notices.Channels)
            _channels.Add(channel.WebhookUrl, NoticeChannel.From(channel));
    }

    private NoticeChannel ChannelOf(string webhookUrl)
    {
        if (!_channels.TryGetValue(webhookUrl, out var channel))
            _channels.Add(webhookUrl, channel = new NoticeChannel(webhookUrl));
        return channel;
    }

    private NoticeChannel HeadOf(string webhookUrl, IReadOnlyList<AlarmId> ids)
    {
        var channel = ChannelOf(webhookUrl);
        return channel.BeginsWith(ids)
            ? channel
            : throw new InvalidDataException($"The journal names {ids.Count} notices from {ids[0]} for {Webhook.Masked(webhookUrl)}, whose queue of {channel.Queued} begins otherwise.");
    }

    private NoticeChannel UnderWay(NoticeAttempt attempt) =>
        _channels.TryGetValue(attempt.WebhookUrl, out var channel) && ReferenceEquals(channel.Attempt, attempt) && !_started.Concat(_captured).Concat(_ready).Contains(attempt)
            ? channel
            : throw new InvalidOperationException($"No {attempt} is under way: an attempt is finished once, after it was ready.");

    private static AlarmId[] IdsOf(NoticeAttempt attempt) => [.. attempt.Alarms.Select(a => a.Id)];

    private static T[] TakeAll<T>(List<T> list)
    {
        T[] all = [.. list];
        list.Clear();
        return all;
    }
}
