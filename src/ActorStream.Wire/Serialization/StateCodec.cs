using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Topics;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>What notice groups are about, inside their checkpoints and snapshots.</summary>
internal static class StateCodec
{
    public static NoticeChangeMessage Write(NoticeStateChange change)
    {
        var message = new NoticeChangeMessage();
        foreach (var alarm in change.Queued)
            message.Queued.Add(AlarmCodec.ToMessage(alarm));
        foreach (var attempt in change.Finished)
        {
            var part = new AttemptFinishedPart { WebhookUrl = attempt.WebhookUrl, Outcome = Scalars.ToOutcome(attempt.Outcome) };
            Write(attempt.Alarms, part.Alarms);
            message.Finished.Add(part);
        }
        foreach (var channel in change.Died)
            message.Died.Add(new ChannelDiedPart { WebhookUrl = channel.WebhookUrl, Reason = channel.Reason });
        foreach (var attempt in change.Attempts)
        {
            var part = new AttemptStartedPart { WebhookUrl = attempt.WebhookUrl };
            Write(attempt.Alarms, part.Alarms);
            message.Attempts.Add(part);
        }
        return message;
    }

    public static NoticeStateChange Read(NoticeChangeMessage message) => new(
        message.Queued.Select(AlarmCodec.FromMessage).ToArray(),
        message.Finished.Select(static f => new AttemptFinished(f.WebhookUrl, Ids(f.Alarms), Scalars.FromOutcome(f.Outcome))).ToArray(),
        message.Died.Select(static d => new ChannelDied(d.WebhookUrl, d.Reason)).ToArray(),
        message.Attempts.Select(static a => new AttemptStarted(a.WebhookUrl, Ids(a.Alarms))).ToArray());

    public static NoticeSnapshotMessage Write(NoticeStateSnapshot snapshot)
    {
        var message = new NoticeSnapshotMessage();
        foreach (var channel in snapshot.Channels)
        {
            var part = new ChannelPart { WebhookUrl = channel.WebhookUrl, Delivered = channel.Delivered, Ambiguous = channel.Ambiguous };
            if (channel.DeadReason is { } reason)
                part.DeadReason = reason;
            foreach (var notice in channel.Queue)
                part.Queue.Add(new QueuedNoticePart { Alarm = AlarmCodec.ToMessage(notice.Alarm), Attempts = notice.Attempts, InDoubt = notice.InDoubt });
            message.Channels.Add(part);
        }
        return message;
    }

    public static NoticeStateSnapshot Read(NoticeSnapshotMessage message) => new(message.Channels.Select(Read).ToArray());

    private static ChannelSnapshot Read(ChannelPart part) => new(
        part.WebhookUrl,
        part.Queue.Select(static q => new QueuedNotice(AlarmCodec.FromMessage(q.Alarm), q.Attempts, q.InDoubt)).ToArray(),
        part.Delivered,
        part.Ambiguous,
        part.HasDeadReason ? part.DeadReason : null);

    private static void Write(IReadOnlyList<AlarmId> ids, RepeatedField<string> texts)
    {
        foreach (var id in ids)
            texts.Add(id.Text);
    }

    private static AlarmId[] Ids(RepeatedField<string> texts) => texts.Select(static t => new AlarmId(t)).ToArray();
}
