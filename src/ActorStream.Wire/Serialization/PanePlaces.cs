using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Where panes lie, of windows and of joins: their indexes as differences, and of each the lowest window that takes it less its index; mostly zeros.</summary>
internal struct PanePlaces
{
    private readonly RepeatedField<long> _from;
    private Differences _indexes;

    public PanePlaces(RepeatedField<long> indexes, RepeatedField<long> from, int count)
    {
        indexes.Capacity = from.Capacity = count;
        (_indexes, _from) = (new Differences(indexes), from);
    }

    public void Add(long index, long from)
    {
        _indexes.Add(index);
        _from.Add(unchecked(from - index));
    }

    public readonly void End() => Columns.DropZeros(_from);

    public static (long[] Indexes, long[] From) Read(RepeatedField<long> indexes, RepeatedField<long> from)
    {
        var (places, lowest) = (Columns.FromDifferences(indexes, indexes.Count, "indexes"), Columns.ToArrayOrZeros(from, indexes.Count, "from"));
        for (var i = 0; i < places.Length; i++)
            lowest[i] = unchecked(places[i] + lowest[i]);
        return (places, lowest);
    }
}
