using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Serialization;
using Google.Protobuf;

namespace ActorStream.Wire.Topics;

/// <summary>A record's value on the <c>alarms</c> topic. Everything round trips exactly, the value by its bits.</summary>
public static class AlarmCodec
{
    public static byte[] Encode(AlarmRecord alarm) => ToMessage(alarm).ToByteArray();

    /// <exception cref="InvalidDataException">Not an alarm of a version this program knows; the sentence says why.</exception>
    public static AlarmRecord Decode(ReadOnlySpan<byte> value)
    {
        try
        {
            return FromMessage(AlarmMessage.Parser.ParseFrom(value));
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or SerializationException)
        {
            throw new InvalidDataException($"An alarm of {value.Length} bytes cannot be read: {error.Message}", error);
        }
    }

    internal static AlarmMessage ToMessage(AlarmRecord alarm)
    {
        var message = new AlarmMessage
        {
            RuleId = Scalars.ToUuid(alarm.RuleId),
            RulePosition = alarm.RulePosition,
            Metric = alarm.Metric,
            CausePartition = Scalars.ToRef(alarm.Cause.Partition),
            CauseOffset = alarm.Cause.Offset,
            Value = alarm.Value,
            Comparison = Scalars.ToComparison(alarm.Operator),
            ThresholdText = alarm.ThresholdText,
            TimeMs = alarm.TimeMs,
            AppendTimeMs = alarm.AppendTimeMs,
            WebhookUrl = alarm.WebhookUrl,
            Kind = RuleScalars.ToKind(alarm.Kind),
            Suppressed = alarm.Suppressed,
            OnResolve = RuleScalars.ToResolve(alarm.OnResolve),
            Receiver = RuleScalars.ToReceiver(alarm.Receiver),
        };
        Series.Write(alarm.Series, message.Tags);
        // The usual id follows from rule and cause: half of a small alarm, and it stands in the journal and the topic.
        if (alarm.Id != AlarmId.Of(alarm.RuleId, alarm.Cause.Partition, alarm.Cause.Offset))
            message.Id = alarm.Id.Text;
        if (alarm.Episode != alarm.Id)
            message.Episode = alarm.Episode.Text;
        if (alarm.Evidence is { } evidence)
            message.Evidence = EvidenceCodec.Write(evidence, alarm);
        return message;
    }

    internal static AlarmRecord FromMessage(AlarmMessage? message)
    {
        if (message is null)
            throw new SerializationException("An alarm is missing.");
        if (!message.HasValue || !double.IsFinite(message.Value))
            throw new SerializationException($"The value is {(message.HasValue ? message.Value : "missing")}; alarms hold finite values.");
        var rule = Scalars.FromUuid(message.RuleId);
        var cause = new AppliedOffset(Scalars.FromRef(message.CausePartition), message.CauseOffset);
        var id = message.HasId ? new AlarmId(message.Id) : AlarmId.Of(rule, cause.Partition, cause.Offset);
        return new AlarmRecord(
            id, rule, message.RulePosition, message.Metric, Series.Read(message.Tags), cause, message.Value, Scalars.FromComparison(message.Comparison),
            message.ThresholdText, message.TimeMs, message.AppendTimeMs, message.WebhookUrl)
        {
            Kind = RuleScalars.FromKind(message.Kind),
            Episode = message.HasEpisode ? new AlarmId(message.Episode) : id,
            Suppressed = message.Suppressed,
            OnResolve = RuleScalars.FromResolve(message.OnResolve),
            Receiver = RuleScalars.FromReceiver(message.Receiver),
            Evidence = message.Evidence is { } evidence ? EvidenceCodec.Read(evidence, message.Value, message.TimeMs) : null,
        };
    }
}
