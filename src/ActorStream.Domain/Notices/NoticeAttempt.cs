using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Notices;

/// <summary>One request that may be made now: its start is in the journal.</summary>
/// <param name="Alarms">One to ten, in queue order, all of one kind of receiver; they fit in one message.</param>
public sealed record NoticeAttempt(string WebhookUrl, IReadOnlyList<AlarmRecord> Alarms)
{
    /// <summary>The message to be changed in place, digits only; null: a new one is made.</summary>
    public string? EditedMessage { get; init; }

    /// <summary>Which attempt it is, per alarm; empty where nobody keeps books.</summary>
    public IReadOnlyList<AttemptNumber> Numbers { get; init; } = [];

    public ReceiverKind Receiver => Alarms[0].Receiver;

    /// <summary>The receiver's id of the message made is worth knowing: it will be edited.</summary>
    public bool WantsMessageId => EditedMessage is null && Alarms is [{ Receiver: ReceiverKind.Discord, OnResolve: ResolveAction.Edit, Kind: AlarmKind.Triggered }];

    public override string ToString() => $"attempt of {Alarms.Count} to {Webhook.Masked(WebhookUrl)}";
}

/// <param name="Number">From 1, counted over all incarnations.</param>
/// <param name="IsAmbiguous">The attempt before has no known outcome.</param>
public readonly record struct AttemptNumber(int Number, bool IsAmbiguous);

/// <summary>What became of one request, and what the receiver asked for.</summary>
/// <param name="Outcome">Null: the webhook is dead, <paramref name="Reason"/> says why.</param>
/// <param name="Reason">For people, without the token.</param>
public sealed record NoticeAnswer(AttemptOutcome? Outcome, string Reason)
{
    /// <summary>As the receiver said, if it did: obeyed exactly after an answer, as a lower bound after an unknown outcome.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>What the receiver still allows, if it said so.</summary>
    public RateBudget? Budget { get; init; }

    /// <summary>Of the message made; digits only.</summary>
    public string? MessageId { get; init; }

    /// <summary>Told to wait: to be journaled before anything else, so that a pause outlives the node that was told.</summary>
    public bool AsksForPause => RetryAfterMs > 0 || Budget is { Remaining: 0, ResetAfterMs: > 0 };
}

/// <summary>A receiver's token bucket after an answer.</summary>
/// <param name="Remaining">Requests that may be made before it is filled again, at least 0.</param>
/// <param name="ResetAfterMs">Until it is filled again, at least 0.</param>
public readonly record struct RateBudget(int Remaining, long ResetAfterMs);

/// <summary>An alarm that its webhook will never take.</summary>
/// <param name="Reason">A sentence for people, without the token.</param>
/// <param name="IsExpired">It was too old when its turn came.</param>
public sealed record UndeliverableNotice(AlarmRecord Alarm, string Reason, bool IsExpired = false)
{
    /// <summary>The same notice has the same id in every replay, so that its dead letter is kept once.</summary>
    public string Id => $"notices/{Alarm.Id}";
}

/// <param name="QueueMax">Notices queued in one group, all webhooks together; at the bound no further alarm is applied: the topic holds them.</param>
/// <param name="PackMax">Alarms in one message, 1 to 10.</param>
/// <param name="BackoffMinMs">Least pause after an attempt of unknown outcome.</param>
/// <param name="BackoffMaxMs">Greatest pause after an attempt of unknown outcome.</param>
/// <param name="MaxAgeMs">A notice whose sample became durable longer ago than this when its turn comes is not sent any more; 0: no such bound.</param>
public sealed record NoticeOptions(int QueueMax = 10_000, int PackMax = 10, int BackoffMinMs = 1_000, int BackoffMaxMs = 60_000, long MaxAgeMs = 0);

/// <summary>What operators see of a notice group.</summary>
public sealed record NoticeDescription(int Queued, IReadOnlyList<ChannelDescription> Channels);

/// <param name="Key">Names the webhook without its token.</param>
/// <param name="Webhook">Masked.</param>
/// <param name="InDoubt">Notices at the head whose last attempt has no known outcome.</param>
/// <param name="NextTryMs">Epoch milliseconds; null when nothing is queued, an attempt is under way or the webhook is dead.</param>
/// <param name="LastAnswer">What became of the last request since this incarnation began, as a sentence; null: none was made.</param>
/// <param name="LastAnswerMs">When, epoch milliseconds.</param>
public sealed record ChannelDescription(
    string Key, string Webhook, int Queued, int InDoubt, long Delivered, long Ambiguous, bool Attempting, long? NextTryMs, string? DeadReason, string? LastAnswer = null, long? LastAnswerMs = null);
