using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>What a checkpoint of a notice group holds. Folded in this order: queued, finished, died, expired, attempts.</summary>
public sealed record NoticeStateChange(
    IReadOnlyList<AlarmRecord> Queued, IReadOnlyList<AttemptFinished> Finished, IReadOnlyList<ChannelDied> Died, IReadOnlyList<NoticesExpired> Expired, IReadOnlyList<AttemptStarted> Attempts) : IStateChange;

/// <summary>Journaled before the request is made (protocol.md A8). The alarms are the head of the webhook's queue, one to ten.</summary>
/// <param name="IsEdit">It changes a message that is there: made twice it is the same as made once, so that repeating it is never ambiguous.</param>
public sealed record AttemptStarted(string WebhookUrl, IReadOnlyList<AlarmId> Alarms, bool IsEdit = false)
{
    // The generated one would print the token; the same below.
    public override string ToString() => $"attempt of {Alarms.Count} to {Webhook.Masked(WebhookUrl)}";
}

/// <param name="MessageId">The receiver's id of the message made, where it will be edited when the alarm resolves.</param>
/// <param name="NotBeforeMs">The next request may be made then, epoch milliseconds; 0: at once. Journaled, so that a receiver's pause survives the node that was told.</param>
public sealed record AttemptFinished(string WebhookUrl, IReadOnlyList<AlarmId> Alarms, AttemptOutcome Outcome, string? MessageId = null, long NotBeforeMs = 0)
{
    public override string ToString() => $"{Outcome}: attempt of {Alarms.Count} to {Webhook.Masked(WebhookUrl)}";
}

public enum AttemptOutcome
{
    /// <summary>2xx: the notices leave the queue.</summary>
    Delivered,

    /// <summary>The receiver said it did not take it (429): stays queued, nothing is in doubt.</summary>
    NotTaken,

    /// <summary>Timeout, reset, 5xx: it may have arrived. Stays queued; the next attempt counts as ambiguous.</summary>
    Unknown,

    /// <summary>The receiver refuses this message for good (400, 413): leaves the queue as a dead letter.</summary>
    Refused,

    /// <summary>The message to be edited is not there any more: stays queued, and goes as an ordinary message.</summary>
    MessageGone,
}

/// <summary>401, 403, 404: the webhook is gone; what is queued and what comes becomes a dead letter.</summary>
public sealed record ChannelDied(string WebhookUrl, string Reason)
{
    public override string ToString() => $"{Webhook.Masked(WebhookUrl)} died: {Reason}";
}

/// <summary>The first notices of the queue were too old when their turn came (<see cref="NoticeOptions.MaxAgeMs"/>), and left it as dead letters.</summary>
public sealed record NoticesExpired(string WebhookUrl, IReadOnlyList<AlarmId> Alarms)
{
    public override string ToString() => $"{Alarms.Count} expired for {Webhook.Masked(WebhookUrl)}";
}

public sealed record NoticeStateSnapshot(IReadOnlyList<ChannelSnapshot> Channels) : IStateSnapshot;

/// <param name="Ambiguous">Attempts made although the one before had no known outcome: deliveries are at most notices + this.</param>
/// <param name="NotBeforeMs">As in <see cref="AttemptFinished"/>.</param>
/// <param name="Messages">Oldest first.</param>
public sealed record ChannelSnapshot(string WebhookUrl, IReadOnlyList<QueuedNotice> Queue, long Delivered, long Ambiguous, string? DeadReason, long NotBeforeMs, IReadOnlyList<SentMessage> Messages)
{
    public override string ToString() => $"{Webhook.Masked(WebhookUrl)}: {Queue.Count} queued, {Delivered} delivered, {Ambiguous} ambiguous";
}

/// <param name="Attempts">Journaled so far.</param>
/// <param name="InDoubt">The last attempt has no known outcome.</param>
/// <param name="IsEdit">The last attempt was an edit.</param>
public sealed record QueuedNotice(AlarmRecord Alarm, int Attempts, bool InDoubt, bool IsEdit = false);

/// <summary>A message that will be changed in place when what began it resolves.</summary>
/// <param name="Id">The receiver's, digits only.</param>
public sealed record SentMessage(AlarmId Episode, string Id);
