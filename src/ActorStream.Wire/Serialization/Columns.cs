using System.Runtime.Serialization;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Columns of whole numbers as differences. Hot path. Sums wrap on purpose: any two 64-bit numbers have a difference that leads back.</summary>
internal static class Columns
{
    public static long[] FromDifferences(RepeatedField<long> column, int count, string name)
    {
        RequireCount(column.Count, count, name);
        var values = new long[count];
        column.CopyTo(values, 0);
        var before = 0L;
        for (var i = 0; i < values.Length; i++)
            before = values[i] = unchecked(before + values[i]);
        return values;
    }

    public static void RequireCount(int found, int count, string name)
    {
        if (found != count)
            throw new SerializationException($"Column {name} holds {found} entries beside {count} offsets.");
    }

    public static void RequireRising(ReadOnlySpan<long> offsets)
    {
        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] <= offsets[i - 1])
                throw new SerializationException($"Offset {offsets[i]} follows {offsets[i - 1]}; the offsets of a batch rise.");
        }
    }
}
