using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>One webhook: its queue, and the attempt under way. Live decisions and replay change it through the same methods.</summary>
internal sealed class NoticeChannel(string webhookUrl)
{
    private readonly Queue<Notice> _queue = new();
    private readonly SentMessages _messages = new();
    private readonly ChannelPace _pace = new();

    private long _notBeforeMs;

    // Not journaled, the three of them: of this incarnation.
    private long _heldUntilMs;
    private int _singly;
    private (string Text, long AtMs)? _lastAnswer;

    public string WebhookUrl => webhookUrl;

    public int Queued => _queue.Count;

    public string? DeadReason { get; private set; }

    /// <summary>Started and not finished in this incarnation; null otherwise, also when a recovered attempt is in doubt.</summary>
    public NoticeAttempt? Attempt { get; private set; }

    private long Delivered { get; set; }

    public long Ambiguous { get; private set; }

    /// <summary>When the next attempt may start, epoch milliseconds; null while there is none to start.</summary>
    /// <param name="discordNotBeforeMs">Holds for what goes to Discord.</param>
    public long? DueMs(long discordNotBeforeMs)
    {
        if (DeadReason is not null || Attempt is not null || !_queue.TryPeek(out var head))
            return null;
        var own = Math.Max(_notBeforeMs, _heldUntilMs);
        return head.Alarm.Receiver == ReceiverKind.Discord ? Math.Max(own, discordNotBeforeMs) : own;
    }

    public void Enqueue(AlarmRecord alarm) => _queue.Enqueue(new Notice(alarm));

    /// <summary>Takes the head of the queue for an attempt, which still has to be journaled.</summary>
    public NoticeAttempt Begin(int packMax)
    {
        var pack = NextPack(packMax);
        var edited = EditedBy(pack[0].Alarm);
        var ambiguous = pack.Select(n => n.MayHaveArrived).ToArray();
        Start(pack.Length, edited is not null);
        _pace.Spend();
        return Attempt = new NoticeAttempt(webhookUrl, [.. pack.Select(n => n.Alarm)])
        {
            EditedMessage = edited,
            Numbers = [.. pack.Zip(ambiguous, (notice, isAmbiguous) => new AttemptNumber(notice.Attempts, isAmbiguous))],
        };
    }

    /// <summary>An attempt of the first notices is journaled. Those in doubt may now arrive a second time, and are counted for it.</summary>
    public void Start(int count, bool isEdit)
    {
        foreach (var notice in _queue.Take(count))
        {
            if (notice.MayHaveArrived)
                Ambiguous++;
            notice.Attempts++;
            notice.InDoubt = true;
            notice.IsEdit = isEdit;
        }
    }

    /// <summary>The attempt of the first notices has an outcome. Returns those that left the queue.</summary>
    public IReadOnlyList<AlarmRecord> Finish(AttemptFinished finished)
    {
        Attempt = null;
        _notBeforeMs = finished.NotBeforeMs;
        var count = finished.Alarms.Count;
        if (finished.Outcome is AttemptOutcome.Delivered or AttemptOutcome.Refused)
        {
            Delivered += finished.Outcome == AttemptOutcome.Delivered ? count : 0;
            var left = Leave(count);
            if (finished.MessageId is { } id)
                _messages.Remember(left[0].Episode, id);
            return left;
        }
        foreach (var notice in _queue.Take(count))
            notice.InDoubt = finished.Outcome == AttemptOutcome.Unknown;
        if (finished.Outcome == AttemptOutcome.MessageGone)
            _messages.Forget(_queue.Peek().Alarm.Episode);
        return [];
    }

    /// <summary>When the next request may be made after this answer, epoch milliseconds; 0: at once.</summary>
    public long NotBefore(AttemptOutcome outcome, NoticeAnswer answer, long nowMs, NoticeOptions options, Func<double> jitter) => _pace.NotBefore(outcome, answer, nowMs, options, jitter);

    public void Heard(string answer, long nowMs) => _lastAnswer = (answer, nowMs);

    /// <summary>Returns what was queued.</summary>
    public IReadOnlyList<AlarmRecord> Die(string reason)
    {
        DeadReason = reason;
        Attempt = null;
        var left = Leave(_queue.Count);
        _messages.Clear();
        return left;
    }

    /// <summary>How many of the first notices became durable before this time, epoch milliseconds.</summary>
    public int OlderThan(long beforeMs) => _queue.TakeWhile(n => n.Alarm.AppendTimeMs < beforeMs).Count();

    /// <summary>The first notices leave the queue, oldest first.</summary>
    public IReadOnlyList<AlarmRecord> Leave(int count)
    {
        var left = new AlarmRecord[count];
        for (var i = 0; i < count; i++)
        {
            left[i] = _queue.Dequeue().Alarm;
            if (left[i].Kind == AlarmKind.Resolved)
                _messages.Forget(left[i].Episode);
        }
        _singly = Math.Max(0, _singly - count);
        return left;
    }

    /// <summary>The next so many notices go one by one: a pack of them was refused, and one bad alarm must not take the good ones along.</summary>
    public void SendSingly(int count) => _singly = count;

    /// <summary>Begins nothing before this time: the answer to the attempt that is in doubt may have asked for a pause, and was lost with the incarnation that got it.</summary>
    public void HoldUntil(long atMs) => _heldUntilMs = atMs;

    /// <summary>Notices at the head whose last attempt has no known outcome, and which attempt that was.</summary>
    public IReadOnlyList<OpenAttempt> OpenAttempts() => [.. _queue.TakeWhile(n => n.InDoubt).Select(n => new OpenAttempt(n.Alarm.Id, n.Attempts))];

    /// <summary>The queue begins with exactly these: a journal that says otherwise is not this group's.</summary>
    public bool BeginsWith(IReadOnlyList<AlarmId> ids) => ids.Count <= _queue.Count && _queue.Take(ids.Count).Select(n => n.Alarm.Id).SequenceEqual(ids);

    public ChannelSnapshot Snapshot() =>
        new(webhookUrl, [.. _queue.Select(n => new QueuedNotice(n.Alarm, n.Attempts, n.InDoubt, n.IsEdit))], Delivered, Ambiguous, DeadReason, _notBeforeMs, _messages.Snapshot());

    public static NoticeChannel From(ChannelSnapshot snapshot)
    {
        var channel = new NoticeChannel(snapshot.WebhookUrl)
        {
            Delivered = snapshot.Delivered,
            Ambiguous = snapshot.Ambiguous,
            DeadReason = snapshot.DeadReason,
            _notBeforeMs = snapshot.NotBeforeMs,
        };
        foreach (var (alarm, attempts, inDoubt, isEdit) in snapshot.Queue)
            channel._queue.Enqueue(new Notice(alarm) { Attempts = attempts, InDoubt = inDoubt, IsEdit = isEdit });
        foreach (var (episode, id) in snapshot.Messages)
            channel._messages.Remember(episode, id);
        return channel;
    }

    public ChannelDescription Describe(long discordNotBeforeMs) => new(
        Webhook.KeyOf(webhookUrl), Webhook.Masked(webhookUrl), Queued, _queue.TakeWhile(n => n.InDoubt).Count(), Delivered, Ambiguous, Attempt is not null,
        DueMs(discordNotBeforeMs), DeadReason, _lastAnswer?.Text, _lastAnswer?.AtMs);

    /// <summary>What is in doubt is repeated as it was packed, so that a receiver can tell a repetition; else as many as may go together.</summary>
    private Notice[] NextPack(int packMax)
    {
        var inDoubt = _queue.TakeWhile(n => n.InDoubt).Count();
        if (inDoubt > 0)
            return [.. _queue.Take(inDoubt)];
        if (_singly > 0 || IsAlone(_queue.Peek().Alarm))
            return [_queue.Peek()];
        var head = _queue.TakeWhile(n => !IsAlone(n.Alarm)).Take(packMax).ToArray();
        return head[..DiscordMessage.Fit([.. head.Select(n => n.Alarm)])];
    }

    /// <summary>A message that will be edited, or is an edit, holds one alarm; so does every request to a receiver of JSON.</summary>
    private static bool IsAlone(AlarmRecord alarm) => alarm.Receiver != ReceiverKind.Discord || alarm.OnResolve == ResolveAction.Edit;

    private string? EditedBy(AlarmRecord alarm) =>
        alarm is { Kind: AlarmKind.Resolved, OnResolve: ResolveAction.Edit, Receiver: ReceiverKind.Discord } ? _messages.Of(alarm.Episode) : null;

    private sealed class Notice(AlarmRecord alarm)
    {
        public readonly AlarmRecord Alarm = alarm;
        public int Attempts;
        public bool InDoubt;
        public bool IsEdit;

        /// <summary>Sent again it may arrive twice. An edit that arrives twice is the same as once.</summary>
        public bool MayHaveArrived => InDoubt && !IsEdit;
    }
}

/// <summary>An attempt whose start is in the journal and whose outcome is not.</summary>
public readonly record struct OpenAttempt(AlarmId Alarm, int Number);
