using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>What a checkpoint of a notice group holds. Folded in this order: queued, finished, died, attempts.</summary>
public sealed record NoticeStateChange(
    IReadOnlyList<AlarmRecord> Queued, IReadOnlyList<AttemptFinished> Finished, IReadOnlyList<ChannelDied> Died, IReadOnlyList<AttemptStarted> Attempts) : IStateChange;

/// <summary>Journaled before the POST is made (protocol.md A8). The alarms are the head of the webhook's queue, one to ten.</summary>
public sealed record AttemptStarted(string WebhookUrl, IReadOnlyList<AlarmId> Alarms)
{
    // The generated one would print the token; the same below.
    public override string ToString() => $"attempt of {Alarms.Count} to {Webhook.Masked(WebhookUrl)}";
}

public sealed record AttemptFinished(string WebhookUrl, IReadOnlyList<AlarmId> Alarms, AttemptOutcome Outcome)
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
}

/// <summary>401, 403, 404: the webhook is gone; what is queued and what comes becomes a dead letter.</summary>
public sealed record ChannelDied(string WebhookUrl, string Reason)
{
    public override string ToString() => $"{Webhook.Masked(WebhookUrl)} died: {Reason}";
}

public sealed record NoticeStateSnapshot(IReadOnlyList<ChannelSnapshot> Channels) : IStateSnapshot;

/// <param name="Ambiguous">Attempts made although the one before had no known outcome: deliveries are at most notices + this.</param>
public sealed record ChannelSnapshot(string WebhookUrl, IReadOnlyList<QueuedNotice> Queue, long Delivered, long Ambiguous, string? DeadReason)
{
    public override string ToString() => $"{Webhook.Masked(WebhookUrl)}: {Queue.Count} queued, {Delivered} delivered, {Ambiguous} ambiguous";
}

/// <param name="Attempts">Journaled so far.</param>
/// <param name="InDoubt">The last attempt has no known outcome.</param>
public sealed record QueuedNotice(AlarmRecord Alarm, int Attempts, bool InDoubt);
