using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Actors.Entities;

/// <summary>Outputs of entities as records of the topic that takes them.</summary>
internal static class OutputCodec
{
    /// <param name="quantiles">Those that a pipeline's results name; of other entities none.</param>
    public static NumberedRecord ToRecord(OutboxItem item, int partitions, IReadOnlyList<double> quantiles) =>
        new(StableHash.Bucket(item.Key, partitions), item.Number, Encoding.UTF8.GetBytes(item.Key), Value(item.Output, quantiles));

    private static byte[] Value(IOutput output, IReadOnlyList<double> quantiles) => output switch
    {
        AlarmRecord alarm => AlarmCodec.Encode(alarm),
        JoinResult row => JoinJson.Encode(row),
        WindowResult result => ResultJson.Encode(result, quantiles),
        _ => throw new InvalidOperationException($"No topic record is known for an output of type {output.GetType().Name}."),
    };
}
