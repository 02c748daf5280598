using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Actors.Entities;

/// <summary>Outputs of entities as records of the topic that takes them.</summary>
internal static class OutputCodec
{
    public static NumberedRecord ToRecord(OutboxItem item, int partitions) =>
        new(StableHash.Bucket(item.Key, partitions), item.Number, Encoding.UTF8.GetBytes(item.Key), Value(item.Output));

    private static byte[] Value(IOutput output) => output switch
    {
        AlarmRecord alarm => AlarmCodec.Encode(alarm),
        _ => throw new InvalidOperationException($"No topic record is known for an output of type {output.GetType().Name}."),
    };
}
