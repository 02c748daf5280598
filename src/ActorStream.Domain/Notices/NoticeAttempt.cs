using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>One POST that may be made now: its start is in the journal.</summary>
/// <param name="Alarms">One to ten, in queue order; they fit in one message.</param>
public sealed record NoticeAttempt(string WebhookUrl, IReadOnlyList<AlarmRecord> Alarms)
{
    public override string ToString() => $"attempt of {Alarms.Count} to {Webhook.Masked(WebhookUrl)}";
}

/// <summary>An alarm that its webhook will never take.</summary>
/// <param name="Reason">A sentence for people, without the token.</param>
public sealed record UndeliverableNotice(AlarmRecord Alarm, string Reason)
{
    /// <summary>The same notice has the same id in every replay, so that its dead letter is kept once.</summary>
    public string Id => $"notices/{Alarm.Id}";
}

/// <param name="QueueMax">Notices queued in one group, all webhooks together; at the bound no further alarm is applied: the topic holds them.</param>
/// <param name="PackMax">Alarms in one message, 1 to 10.</param>
/// <param name="BackoffMinMs">Least pause after an attempt of unknown outcome.</param>
/// <param name="BackoffMaxMs">Greatest pause after an attempt of unknown outcome.</param>
public sealed record NoticeOptions(int QueueMax = 10_000, int PackMax = 10, int BackoffMinMs = 1_000, int BackoffMaxMs = 60_000);

/// <summary>What operators see of a notice group.</summary>
public sealed record NoticeDescription(int Queued, IReadOnlyList<ChannelDescription> Channels);

/// <param name="Key">Names the webhook without its token.</param>
/// <param name="Webhook">Masked.</param>
/// <param name="InDoubt">Notices at the head whose last attempt has no known outcome.</param>
/// <param name="NextTryMs">Epoch milliseconds; null when nothing is queued, an attempt is under way or the webhook is dead.</param>
public sealed record ChannelDescription(
    string Key, string Webhook, int Queued, int InDoubt, long Delivered, long Ambiguous, bool Attempting, long? NextTryMs, string? DeadReason);
