using System.Runtime.Serialization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Wire.Protos;
using Google.Protobuf;

namespace ActorStream.Wire.Serialization;

/// <summary>Events and snapshots of the journal, which have one form. Small on purpose: a busy entity writes an event each second.</summary>
internal static class CheckpointCodec
{
    public static CheckpointMessage Write(Checkpoint checkpoint) => Write(checkpoint.Applied, checkpoint.Added, checkpoint.Taken, checkpoint.Change);

    public static CheckpointMessage Write(EntitySnapshot snapshot) => Write(snapshot.Applied, snapshot.Outbox, snapshot.Numbers, snapshot.State);

    public static Checkpoint ReadCheckpoint(CheckpointMessage message)
    {
        var partitions = message.Partitions.Select(Scalars.FromRef).ToArray();
        return new Checkpoint(ReadApplied(message, partitions), ReadOutbox(message, partitions), ReadNumbers(message), Unpack<IStateChange>(message.State));
    }

    public static EntitySnapshot ReadSnapshot(CheckpointMessage message)
    {
        var partitions = message.Partitions.Select(Scalars.FromRef).ToArray();
        return new EntitySnapshot(ReadApplied(message, partitions), ReadOutbox(message, partitions), ReadNumbers(message), Unpack<IStateSnapshot>(message.State));
    }

    private static CheckpointMessage Write(
        IReadOnlyList<AppliedOffset> applied, IReadOnlyList<OutboxItem> outbox, IReadOnlyList<TakenNumber> numbers, object? state)
    {
        var message = new CheckpointMessage { State = Pack(state) };
        var partitions = new List<PartitionId>(1);
        foreach (var (partition, offset) in applied)
        {
            message.AppliedPartitions.Add(IndexOf(partition, partitions));
            message.AppliedOffsets.Add(offset);
        }
        foreach (var item in outbox)
            message.Outbox.Add(Write(item, partitions));
        foreach (var (topic, number) in numbers)
            message.Numbers.Add(new TopicNumber { Topic = topic, Number = number });
        foreach (var partition in partitions)
            message.Partitions.Add(Scalars.ToRef(partition));
        return message;
    }

    private static OutboxItemPart Write(OutboxItem item, List<PartitionId> partitions)
    {
        var part = new OutboxItemPart { Topic = item.Topic, Number = item.Number, Key = item.Key, Output = Pack(item.Output) };
        if (item.Cause is { } cause)
        {
            part.CausePartition = IndexOf(cause.Partition, partitions);
            part.CauseOffset = cause.Offset;
        }
        return part;
    }

    // An entity is fed by one or a few partitions: a scan beats a dictionary.
    private static uint IndexOf(PartitionId partition, List<PartitionId> partitions)
    {
        var index = partitions.IndexOf(partition);
        if (index >= 0)
            return (uint)index;
        partitions.Add(partition);
        return (uint)partitions.Count - 1;
    }

    private static AppliedOffset[] ReadApplied(CheckpointMessage message, PartitionId[] partitions)
    {
        if (message.AppliedPartitions.Count != message.AppliedOffsets.Count)
            throw new SerializationException($"{message.AppliedPartitions.Count} partitions stand beside {message.AppliedOffsets.Count} applied offsets.");
        var applied = new AppliedOffset[message.AppliedOffsets.Count];
        for (var i = 0; i < applied.Length; i++)
            applied[i] = new AppliedOffset(At(partitions, message.AppliedPartitions[i]), message.AppliedOffsets[i]);
        return applied;
    }

    private static OutboxItem[] ReadOutbox(CheckpointMessage message, PartitionId[] partitions)
    {
        var items = new OutboxItem[message.Outbox.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var part = message.Outbox[i];
            var output = Unpack<IOutput>(part.Output) ?? throw new SerializationException($"Output {part.Number} for topic {part.Topic} is missing.");
            AppliedOffset? cause = part.HasCausePartition ? new AppliedOffset(At(partitions, part.CausePartition), part.CauseOffset) : null;
            items[i] = new OutboxItem(part.Topic, part.Number, part.Key, output, cause);
        }
        return items;
    }

    private static TakenNumber[] ReadNumbers(CheckpointMessage message) =>
        message.Numbers.Count == 0 ? [] : message.Numbers.Select(static n => new TakenNumber(n.Topic, n.Number)).ToArray();

    private static PartitionId At(PartitionId[] partitions, uint index) => index < partitions.Length
        ? partitions[index]
        : throw new SerializationException($"Partition {index} of {partitions.Length} is not in the event's list.");

    private static Payload? Pack(object? content)
    {
        if (content is null)
            return null;
        var form = WireForms.Of(content);
        return new Payload { Manifest = form.Manifest, Body = UnsafeByteOperations.UnsafeWrap(form.Encode(content)) };
    }

    private static T? Unpack<T>(Payload? payload)
        where T : class
    {
        if (payload is null)
            return null;
        var content = WireForms.Of(payload.Manifest).Decode(payload.Body.Span);
        return content as T ?? throw new SerializationException($"Manifest \"{payload.Manifest}\" holds a {content.GetType().Name}, which is no {typeof(T).Name}.");
    }
}
