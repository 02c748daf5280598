using System.Runtime.Serialization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Serialization;
using Google.Protobuf;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>State of key groups that is fed, stored and read back.</summary>
internal static class StateThroughBytes
{
    public static readonly ActorStreamSerializer Serializer = new(null!);

    /// <summary>The state as it comes back.</summary>
    public static T Through<T>(T state)
        where T : class => (T)Serializer.FromBinary(Serializer.ToBinary(state), Serializer.Manifest(state));

    /// <summary>What is stored, with one change to it, is refused with a sentence that names the part.</summary>
    public static void Refused<T>(MessageParser<T> parser, object state, Action<T> change, string part)
        where T : IMessage<T>
    {
        var message = parser.ParseFrom(Serializer.ToBinary(state));
        change(message);

        var error = Assert.Throws<SerializationException>(() => Serializer.FromBinary(message.ToByteArray(), Serializer.Manifest(state)));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Events on time of the keys <c>k0</c> to <c>k5</c>.</summary>
    public static void Feed(IWindowLogic state, PartitionId partition, (int Key, long Time, double Value)[] rows, IOutputs said)
    {
        var columns = new EventColumns
        {
            Offsets = [.. rows.Select((_, i) => state.Books.In + i)],
            Times = [.. rows.Select(static r => r.Time)],
            WatermarksBefore = [.. rows.Select(static _ => PartitionId.NoTime)],
            Values = [.. rows.Select(static r => r.Value)],
            KeyIndexes = [.. rows.Select(static r => r.Key)],
            Keys = [.. Enumerable.Range(0, 6).Select(static i => $"k{i}")],
            KeyBytesMax = 2,
        };
        var index = 0;
        state.Apply(partition, new EventBatch(columns, 0, rows.Length), ref index, said);
    }

    /// <summary>What it says when time comes to its end.</summary>
    public static string[] Ended(IWindowLogic state, PartitionId partition)
    {
        var said = new Said();
        state.Tick(partition, new Tick(PartitionId.EndOfTime, PartitionId.NoTime), said);
        return [.. said.Outputs.Select(Described.Of)];
    }

    internal sealed class Said : IOutputs
    {
        public List<IOutput> Outputs { get; } = [];

        public int Max { get; init; } = int.MaxValue;

        public bool Full => Outputs.Count >= Max;

        public bool IsEmpty => true;

        public void Emit(string topic, string key, IOutput output, long causeOffset) => Outputs.Add(output);
    }
}
