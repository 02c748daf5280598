using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>A notice group: one queue per webhook, one attempt in flight each, every attempt journaled before it is made.</summary>
/// <remarks>
/// protocol.md rule 30 and A8: of a webhook, deliveries &lt;= notices + ambiguous, whatever happens. Times are parameters, epoch milliseconds.
/// <para>The shell's round: <see cref="StartDue"/> · <see cref="EntityMachine.WriteCheckpoint"/> if it started any · in the journal effect, before the write, <see cref="TakeUndeliverable"/> ·
/// after <see cref="EntityMachine.OnJournaled"/>, <see cref="TakeReady"/> and one request each · <see cref="Finish(NoticeAttempt, NoticeAnswer, long)"/> · again.</para>
/// </remarks>
/// <param name="options">Bounds.</param>
/// <param name="jitter">A number from 0 to 1 for each backoff.</param>
public sealed class NoticeState(NoticeOptions options, Func<double> jitter) : IEntityLogic
{
    private readonly Dictionary<string, NoticeChannel> _channels = new(StringComparer.Ordinal);
    private readonly List<AlarmRecord> _queued = [];
    private readonly List<AttemptFinished> _finished = [];
    private readonly List<ChannelDied> _died = [];
    private readonly List<NoticesExpired> _expired = [];
    private readonly List<NoticeAttempt> _started = [];
    private readonly List<NoticeAttempt> _captured = [];
    private readonly List<NoticeAttempt> _ready = [];
    private readonly List<UndeliverableNotice> _undeliverable = [];

    /// <summary>Notices queued, those under way included.</summary>
    public int Queued => _channels.Values.Sum(c => c.Queued);

    /// <summary>Notices sent again although the attempt before has no known outcome, since the group began: no more than these may arrive twice.</summary>
    public long Ambiguous => _channels.Values.Sum(c => c.Ambiguous);

    public bool IsDirty => _queued.Count > 0 || _finished.Count > 0 || _died.Count > 0 || _expired.Count > 0 || _started.Count > 0;

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

    /// <summary>Before the first <see cref="StartDue"/> of an incarnation: webhooks whose last attempt has no known outcome wait for a first backoff, because an answer that was lost may have asked for a pause.</summary>
    /// <returns>Those attempts.</returns>
    public IReadOnlyList<OpenAttempt> Resume(long nowMs)
    {
        var open = new List<OpenAttempt>();
        foreach (var channel in _channels.Values)
        {
            if (channel.OpenAttempts() is not { Count: > 0 } attempts)
                continue;
            open.AddRange(attempts);
            channel.HoldUntil(nowMs + options.BackoffMinMs + (long)(jitter() * options.BackoffMinMs));
        }
        return open;
    }

    /// <summary>Starts an attempt for each live webhook that has notices, none under way and whose pause is over. They are ready only after the journal has them.</summary>
    /// <param name="nowMs">Epoch milliseconds.</param>
    /// <param name="discordNotBeforeMs">No attempt at Discord starts before, whatever its webhook: its global limit.</param>
    /// <returns>How many, with the notices found too old; if any, the caller asks for a checkpoint.</returns>
    public int StartDue(long nowMs, long discordNotBeforeMs = 0)
    {
        var begun = 0;
        foreach (var channel in _channels.Values)
        {
            if (channel.DueMs(discordNotBeforeMs) <= nowMs)
                begun += Expire(channel, nowMs);
            // Asked again: what stands in front now may be for another kind of receiver, or nothing.
            if (channel.DueMs(discordNotBeforeMs) <= nowMs)
            {
                _started.Add(channel.Begin(options.PackMax));
                begun++;
            }
        }
        return begun;
    }

    /// <summary>When <see cref="StartDue"/> has something to do, epoch milliseconds, not before <paramref name="nowMs"/>; null until an alarm or an outcome comes.</summary>
    public long? NextDueMs(long nowMs, long discordNotBeforeMs = 0) => _channels.Values.Min(c => c.DueMs(discordNotBeforeMs)) is { } due ? Math.Max(due, nowMs) : null;

    /// <summary>Attempts whose start is in the journal, each once. Whoever takes one makes one request, or finishes it as <see cref="AttemptOutcome.NotTaken"/> without.</summary>
    public IReadOnlyList<NoticeAttempt> TakeReady() => TakeAll(_ready);

    /// <summary>Alarms for the dead letters, each once per incarnation. They must be durable before the event that is about to be written: after it nobody would know them again.</summary>
    public IReadOnlyList<UndeliverableNotice> TakeUndeliverable() => TakeAll(_undeliverable);

    /// <summary>What became of an attempt made, without anything else that the receiver said.</summary>
    /// <exception cref="InvalidOperationException">The attempt is not under way.</exception>
    public void Finish(NoticeAttempt attempt, AttemptOutcome outcome, long nowMs, long? retryAfterMs = null, string reason = "refused by the receiver") =>
        Finish(attempt, new NoticeAnswer(outcome, reason) { RetryAfterMs = retryAfterMs }, nowMs);

    /// <summary>What became of an attempt made.</summary>
    /// <param name="attempt">As <see cref="TakeReady"/> gave it.</param>
    /// <param name="answer">A refused pack is tried again one by one, a refused edit as an ordinary message, before anything of it becomes a dead letter.</param>
    /// <param name="nowMs">Epoch milliseconds, not before the answer came.</param>
    /// <exception cref="InvalidOperationException">The attempt is not under way.</exception>
    public void Finish(NoticeAttempt attempt, NoticeAnswer answer, long nowMs)
    {
        var channel = UnderWay(attempt);
        channel.Heard(answer.Reason, nowMs);
        if (answer.Outcome is not { } outcome)
        {
            Die(attempt, answer.Reason);
            return;
        }
        var isPackRefused = outcome == AttemptOutcome.Refused && attempt.Alarms.Count > 1;
        var known = outcome switch
        {
            AttemptOutcome.Refused when isPackRefused => AttemptOutcome.NotTaken,
            AttemptOutcome.Refused when attempt.EditedMessage is not null => AttemptOutcome.MessageGone,
            _ => outcome,
        };
        var notBeforeMs = channel.NotBefore(outcome, answer, nowMs, options, jitter);
        var finished = new AttemptFinished(attempt.WebhookUrl, IdsOf(attempt), known, known == AttemptOutcome.Delivered && attempt.WantsMessageId ? answer.MessageId : null, notBeforeMs);
        _finished.Add(finished);
        var left = channel.Finish(finished);
        if (isPackRefused)
            channel.SendSingly(attempt.Alarms.Count);
        if (known == AttemptOutcome.Refused)
            _undeliverable.AddRange(left.Select(a => new UndeliverableNotice(a, answer.Reason)));
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

    public NoticeDescription Describe(long discordNotBeforeMs = 0) => new(Queued, [.. _channels.Values.Select(c => c.Describe(discordNotBeforeMs)).OrderBy(c => c.Key, StringComparer.Ordinal)]);

    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        var change = new NoticeStateChange([.. _queued], [.. _finished], [.. _died], [.. _expired], [.. _started.Select(a => new AttemptStarted(a.WebhookUrl, IdsOf(a), a.EditedMessage is not null))]);
        _captured.AddRange(_started);
        _queued.Clear();
        _finished.Clear();
        _died.Clear();
        _expired.Clear();
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
            HeadOf(finished.WebhookUrl, finished.Alarms).Finish(finished);
        foreach (var died in notices.Died)
            ChannelOf(died.WebhookUrl).Die(died.Reason);
        foreach (var expired in notices.Expired)
            HeadOf(expired.WebhookUrl, expired.Alarms).Leave(expired.Alarms.Count);
        foreach (var started in notices.Attempts)
            HeadOf(started.WebhookUrl, started.Alarms).Start(started.Alarms.Count, started.IsEdit);
    }

    public void Restore(IStateSnapshot snapshot)
    {
        if (snapshot is not NoticeStateSnapshot notices)
            throw new InvalidDataException($"The snapshot of a notice group holds a {snapshot.GetType().Name}, which is no state of notices.");
        _channels.Clear();
        foreach (var channel in notices.Channels)
            _channels.Add(channel.WebhookUrl, NoticeChannel.From(channel));
    }

    /// <summary>Those at the head that are too old now become dead letters. Returns how many.</summary>
    private int Expire(NoticeChannel channel, long nowMs)
    {
        if (options.MaxAgeMs == 0 || channel.OlderThan(nowMs - options.MaxAgeMs) is not (var count and > 0))
            return 0;
        var left = channel.Leave(count);
        _expired.Add(new NoticesExpired(channel.WebhookUrl, [.. left.Select(a => a.Id)]));
        _undeliverable.AddRange(left.Select(a => new UndeliverableNotice(
            a, $"it was {nowMs - a.AppendTimeMs} ms old when its turn came, and notices.max-age is {options.MaxAgeMs} ms", IsExpired: true)));
        return count;
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
