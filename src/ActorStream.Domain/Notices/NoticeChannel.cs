using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>One webhook: its queue, and the attempt under way. Live decisions and replay change it through the same methods.</summary>
internal sealed class NoticeChannel(string webhookUrl)
{
    private readonly Queue<Notice> _queue = new();

    // Not journaled: a recovered channel is due at once, and meets its limits anew.
    private long _nextTryMs = long.MinValue;
    private int _failures;
    private int _singly;

    public int Queued => _queue.Count;

    public string? DeadReason { get; private set; }

    /// <summary>Started and not finished in this incarnation; null otherwise, also when a recovered attempt is in doubt.</summary>
    public NoticeAttempt? Attempt { get; private set; }

    private long Delivered { get; set; }

    public long Ambiguous { get; private set; }

    /// <summary>When the next attempt may start, epoch milliseconds; null while there is none to start.</summary>
    public long? DueMs => DeadReason is null && Attempt is null && _queue.Count > 0 ? _nextTryMs : null;

    public void Enqueue(AlarmRecord alarm) => _queue.Enqueue(new Notice(alarm));

    /// <summary>Takes the head of the queue for an attempt, which still has to be journaled.</summary>
    public NoticeAttempt Begin(int packMax)
    {
        Attempt = new NoticeAttempt(webhookUrl, NextPack(packMax));
        Start(Attempt.Alarms.Count);
        return Attempt;
    }

    /// <summary>An attempt of the first notices is journaled. Those in doubt may now arrive a second time, and are counted for it.</summary>
    public void Start(int count)
    {
        foreach (var notice in Head(count))
        {
            if (notice.InDoubt)
                Ambiguous++;
            notice.Attempts++;
            notice.InDoubt = true;
        }
    }

    /// <summary>The attempt of the first notices has an outcome. Returns those that left the queue.</summary>
    public IReadOnlyList<AlarmRecord> Finish(int count, AttemptOutcome outcome)
    {
        Attempt = null;
        if (outcome is AttemptOutcome.Delivered or AttemptOutcome.Refused)
        {
            Delivered += outcome == AttemptOutcome.Delivered ? count : 0;
            var left = Head(count).Select(n => n.Alarm).ToArray();
            for (var i = 0; i < count; i++)
                _queue.Dequeue();
            _singly = Math.Max(0, _singly - count);
            return left;
        }
        foreach (var notice in Head(count))
            notice.InDoubt = outcome == AttemptOutcome.Unknown;
        return [];
    }

    /// <summary>Returns what was queued.</summary>
    public IReadOnlyList<AlarmRecord> Die(string reason)
    {
        DeadReason = reason;
        Attempt = null;
        var left = _queue.Select(n => n.Alarm).ToArray();
        _queue.Clear();
        return left;
    }

    /// <summary>The next so many notices go one by one: a pack of them was refused, and one bad alarm must not take the good ones along.</summary>
    public void SendSingly(int count) => _singly = count;

    /// <summary>Answered: the next attempt may start after this pause.</summary>
    public void Pause(long nowMs, long pauseMs)
    {
        _failures = 0;
        _nextTryMs = nowMs + pauseMs;
    }

    /// <summary>Not answered: exponential backoff with jitter (0 to 1).</summary>
    public void BackOff(long nowMs, long atLeastMs, NoticeOptions options, double jitter)
    {
        _failures = Math.Min(_failures + 1, 30);
        var cap = Math.Min(options.BackoffMaxMs, (long)options.BackoffMinMs << _failures);
        _nextTryMs = nowMs + Math.Max(atLeastMs, options.BackoffMinMs + (long)(jitter * (cap - options.BackoffMinMs)));
    }

    /// <summary>The queue begins with exactly these: a journal that says otherwise is not this group's.</summary>
    public bool BeginsWith(IReadOnlyList<AlarmId> ids) => ids.Count <= _queue.Count && _queue.Take(ids.Count).Select(n => n.Alarm.Id).SequenceEqual(ids);

    public ChannelSnapshot Snapshot() => new(webhookUrl, [.. _queue.Select(n => new QueuedNotice(n.Alarm, n.Attempts, n.InDoubt))], Delivered, Ambiguous, DeadReason);

    public static NoticeChannel From(ChannelSnapshot snapshot)
    {
        var channel = new NoticeChannel(snapshot.WebhookUrl) { Delivered = snapshot.Delivered, Ambiguous = snapshot.Ambiguous, DeadReason = snapshot.DeadReason };
        foreach (var (alarm, attempts, inDoubt) in snapshot.Queue)
            channel._queue.Enqueue(new Notice(alarm) { Attempts = attempts, InDoubt = inDoubt });
        return channel;
    }

    public ChannelDescription Describe() => new(
        Webhook.KeyOf(webhookUrl), Webhook.Masked(webhookUrl), Queued, _queue.TakeWhile(n => n.InDoubt).Count(), Delivered, Ambiguous, Attempt is not null, DueMs is { } due ? Math.Max(0, due) : null, DeadReason);

    /// <summary>What is in doubt is repeated as it was packed, so that a receiver can tell a repetition; else as many as may go together.</summary>
    private AlarmRecord[] NextPack(int packMax)
    {
        var inDoubt = _queue.TakeWhile(n => n.InDoubt).Count();
        if (inDoubt > 0)
            return [.. Head(inDoubt).Select(n => n.Alarm)];
        var head = _queue.Take(_singly > 0 ? 1 : packMax).Select(n => n.Alarm).ToArray();
        return head[..DiscordMessage.Fit(head)];
    }

    private IEnumerable<Notice> Head(int count) => _queue.Take(count);

    private sealed class Notice(AlarmRecord alarm)
    {
        public readonly AlarmRecord Alarm = alarm;
        public int Attempts;
        public bool InDoubt;
    }
}
