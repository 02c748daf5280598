using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.Serialization;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>The small parts that many messages share. Every enum is mapped by hand and totally: a renumbered or reordered C# enum must not change what is stored.</summary>
internal static class Scalars
{
    private const int KnownPartitionsMax = 4_096;

    private static readonly ConcurrentDictionary<PartitionId, PartitionId> KnownPartitions = new();

    public static PartitionRef ToRef(PartitionId id) => new() { Group = id.Group, Topic = id.Topic, Incarnation = id.Incarnation, Partition = id.Partition };

    /// <summary>Equal ids give one object, so that a node which decodes thousands of messages a second keeps a handful of them.</summary>
    public static PartitionId FromRef(PartitionRef? part)
    {
        if (part is null)
            throw new SerializationException("A partition is missing.");
        var id = new PartitionId(part.Group, part.Topic, part.Incarnation, part.Partition);
        if (KnownPartitions.TryGetValue(id, out var known))
            return known;
        // Bounded because ids come from the network; losing the cache costs a few objects, never correctness.
        if (KnownPartitions.Count >= KnownPartitionsMax)
            KnownPartitions.Clear();
        return KnownPartitions.GetOrAdd(id, id);
    }

    public static (ulong High, ulong Low) Split(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    public static Guid Join(ulong high, ulong low)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
        return new Guid(bytes, bigEndian: true);
    }

    public static Uuid ToUuid(Guid id)
    {
        var (high, low) = Split(id);
        return new Uuid { High = high, Low = low };
    }

    public static Guid FromUuid(Uuid? id) => id is null ? throw new SerializationException("An id is missing.") : Join(id.High, id.Low);

    public static Protos.Comparison ToComparison(ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Greater => Protos.Comparison.Greater,
        ComparisonOperator.Less => Protos.Comparison.Less,
        ComparisonOperator.GreaterOrEqual => Protos.Comparison.GreaterOrEqual,
        ComparisonOperator.LessOrEqual => Protos.Comparison.LessOrEqual,
        ComparisonOperator.Equal => Protos.Comparison.Equal,
        ComparisonOperator.NotEqual => Protos.Comparison.NotEqual,
        _ => throw new SerializationException($"Comparison {comparison} has no number on the wire."),
    };

    public static ComparisonOperator FromComparison(Protos.Comparison comparison) => comparison switch
    {
        Protos.Comparison.Greater => ComparisonOperator.Greater,
        Protos.Comparison.Less => ComparisonOperator.Less,
        Protos.Comparison.GreaterOrEqual => ComparisonOperator.GreaterOrEqual,
        Protos.Comparison.LessOrEqual => ComparisonOperator.LessOrEqual,
        Protos.Comparison.Equal => ComparisonOperator.Equal,
        Protos.Comparison.NotEqual => ComparisonOperator.NotEqual,
        _ => throw new SerializationException($"Comparison {(int)comparison} is unknown to this version."),
    };

    public static Outcome ToOutcome(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Delivered => Outcome.Delivered,
        AttemptOutcome.NotTaken => Outcome.NotTaken,
        AttemptOutcome.Unknown => Outcome.Unknown,
        AttemptOutcome.Refused => Outcome.Refused,
        AttemptOutcome.MessageGone => Outcome.MessageGone,
        _ => throw new SerializationException($"Outcome {outcome} has no number on the wire."),
    };

    public static AttemptOutcome FromOutcome(Outcome outcome) => outcome switch
    {
        Outcome.Delivered => AttemptOutcome.Delivered,
        Outcome.NotTaken => AttemptOutcome.NotTaken,
        Outcome.Unknown => AttemptOutcome.Unknown,
        Outcome.Refused => AttemptOutcome.Refused,
        Outcome.MessageGone => AttemptOutcome.MessageGone,
        _ => throw new SerializationException($"Outcome {(int)outcome} is unknown to this version."),
    };
}
