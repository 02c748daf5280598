using ActorStream.Domain.Nodes;
using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Topics;

namespace ActorStream.Wire.Serialization;

/// <summary>The two messages between readers and entities.</summary>
internal static class ProtocolCodec
{
    /// <summary>Batches are concatenated: what was several on one side is one on the other, or a few where events differ in idleness.</summary>
    public static ApplyMessage Write(Apply apply)
    {
        var message = new ApplyMessage
        {
            EntityId = apply.EntityId,
            Partition = Scalars.ToRef(apply.Partition),
            Epoch = apply.Epoch,
            Previous = apply.Previous,
            Tick = apply.Tick is { } tick ? Write(tick) : null,
        };
        switch (apply.Batches.FirstOrDefault(static b => b.Count > 0))
        {
            case null:
                break;
            case SampleBatch:
                message.Kind = BatchKind.Samples;
                message.Samples = SampleColumnsCodec.Write(apply.Batches);
                break;
            case AlarmBatch:
                message.Kind = BatchKind.Alarms;
                message.Alarms = WriteAlarms(apply.Batches);
                break;
            case EventBatch:
                message.Kind = BatchKind.Events;
                message.Events.AddRange(EventColumnsCodec.Write(apply.Batches));
                break;
            case var other:
                throw new SerializationException($"Batches of {other.GetType().Name} have no form on the wire.");
        }
        return message;
    }

    public static Apply Read(ApplyMessage message)
    {
        EntityBatch[] batches = message.Kind switch
        {
            BatchKind.NoBatch => [],
            BatchKind.Samples => [SampleColumnsCodec.Read(message.Samples)],
            BatchKind.Alarms => [ReadAlarms(message.Alarms)],
            BatchKind.Events => EventColumnsCodec.Read(message.Events),
            _ => throw new SerializationException($"Batches of kind {(int)message.Kind} are unknown to this version."),
        };
        return new Apply(message.EntityId, Scalars.FromRef(message.Partition), message.Epoch, message.Previous, batches, Read(message.Tick));
    }

    public static AnswerMessage Write(Answer answer) => new()
    {
        EntityId = answer.EntityId,
        Partition = Scalars.ToRef(answer.Partition),
        Epoch = answer.Epoch,
        Applied = answer.Applied,
        Safe = answer.Safe,
    };

    public static Answer Read(AnswerMessage message) =>
        new(message.EntityId, Scalars.FromRef(message.Partition), message.Epoch, message.Applied, message.Safe);

    private static TickPart Write(Tick tick)
    {
        var part = new TickPart { TimeOnly = tick.IsTimeOnly };
        if (tick.Watermark != PartitionId.NoTime)
            part.Watermark = tick.Watermark;
        if (tick.HeadTime != PartitionId.NoTime)
            part.HeadTime = tick.HeadTime;
        foreach (var (series, lastOffset) in tick.Due)
            part.Due.Add(new DueSeriesPart { Series = series, LastOffset = lastOffset });
        return part;
    }

    private static Tick? Read(TickPart? part) => part is null
        ? null
        : new Tick(
            part.HasWatermark ? part.Watermark : PartitionId.NoTime,
            part.HasHeadTime ? part.HeadTime : PartitionId.NoTime,
            part.Due.Count == 0 ? [] : part.Due.Select(static d => new DueSeries(d.Series, d.LastOffset)).ToArray())
        {
            IsTimeOnly = part.TimeOnly,
        };

    private static AlarmColumnsPart WriteAlarms(IReadOnlyList<EntityBatch> batches)
    {
        var part = new AlarmColumnsPart();
        var before = 0L;
        foreach (var batch in batches)
        {
            var alarms = batch as AlarmBatch ?? throw new SerializationException($"An Apply holds one kind of batch; {batch.GetType().Name} stands among alarms.");
            for (var i = 0; i < alarms.Count; i++)
            {
                part.Offsets.Add(unchecked(alarms.OffsetAt(i) - before));
                part.Alarms.Add(AlarmCodec.ToMessage(alarms.Alarms[i]));
                before = alarms.OffsetAt(i);
            }
        }
        return part;
    }

    private static AlarmBatch ReadAlarms(AlarmColumnsPart? part)
    {
        if (part is null || part.Alarms.Count == 0)
            throw new SerializationException("A batch of alarms holds none.");
        var offsets = Columns.FromDifferences(part.Offsets, part.Alarms.Count, "offsets");
        Columns.RequireRising(offsets);
        return new AlarmBatch(offsets, part.Alarms.Select(AlarmCodec.FromMessage).ToArray());
    }

    public static ExplainRuleMessage Write(ExplainRule question)
    {
        var message = new ExplainRuleMessage { EntityId = question.EntityId, RuleId = Scalars.ToUuid(question.RuleId), HasSeries = question.Series is not null };
        if (question.Series is { } series)
            Series.Write(series, message.Tags);
        return message;
    }

    public static ExplainRule Read(ExplainRuleMessage message) => new(message.EntityId, Scalars.FromUuid(message.RuleId), message.HasSeries ? Series.Read(message.Tags) : null);
}
