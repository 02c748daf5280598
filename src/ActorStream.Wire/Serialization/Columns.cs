using System.Runtime.Serialization;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Columns of numbers, whole ones as differences. Hot path. Sums wrap on purpose: any two 64-bit numbers have a difference that leads back.</summary>
internal static class Columns
{
    public static long[] FromDifferences(RepeatedField<long> column, int count, string name)
    {
        var values = ToArray(column, count, name);
        var before = 0L;
        for (var i = 0; i < values.Length; i++)
            before = values[i] = unchecked(before + values[i]);
        return values;
    }

    public static T[] ToArray<T>(RepeatedField<T> column, int count, string name)
    {
        RequireCount(column.Count, count, name);
        var values = new T[count];
        column.CopyTo(values, 0);
        return values;
    }

    /// <summary>An absent column is one of zeros.</summary>
    public static T[] ToArrayOrZeros<T>(RepeatedField<T> column, int count, string name) => column.Count == 0 ? new T[count] : ToArray(column, count, name);

    /// <summary>A column of zeros alone is not sent.</summary>
    public static void DropZeros<T>(RepeatedField<T> column)
        where T : IEquatable<T>
    {
        foreach (var value in column)
        {
            if (!value.Equals(default))
                return;
        }
        column.Clear();
    }

    /// <summary>The list itself where it is an array, as all that the domain captures are.</summary>
    public static ReadOnlySpan<T> SpanOf<T>(IReadOnlyList<T> list) => list as T[] ?? [.. list];

    public static void RequireCount(int found, int count, string name)
    {
        if (found != count)
            throw new SerializationException($"Column {name} holds {found} entries, where {count} are expected.");
    }

    /// <summary>Each entry takes its number of what another column lists, and none is left.</summary>
    public static void RequireDealt(IEnumerable<int> taken, int count, string what)
    {
        var rest = (long)count;
        foreach (var number in taken)
        {
            rest -= number;
            if (number < 0 || rest < 0)
                throw new SerializationException($"The keys take other {what} than the {count} that are there.");
        }
        if (rest != 0)
            throw new SerializationException($"{rest} of {count} {what} belong to no key.");
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

/// <summary>Fills a column with differences to the value before.</summary>
internal struct Differences(RepeatedField<long> column)
{
    private long _before;

    public void Add(long value)
    {
        column.Add(unchecked(value - _before));
        _before = value;
    }
}
