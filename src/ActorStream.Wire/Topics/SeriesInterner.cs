using System.Diagnostics.CodeAnalysis;
using ActorStream.Domain.Records;

namespace ActorStream.Wire.Topics;

/// <summary>Tags as they stand in JSON to their series: the same bytes again cost a look-up and no object. Hot path; not thread safe, one per decoder.</summary>
/// <remarks>Bounded: at <paramref name="entriesMax"/> different texts, or 16 MiB of them, it forgets all and starts again, so tags without a bound cost time and not memory.</remarks>
public sealed class SeriesInterner(int entriesMax = 100_000)
{
    private const int BytesMax = 16 << 20;

    private readonly Dictionary<byte[], SeriesKey> _byText = new(BytesComparer.Instance);
    private readonly HashSet<SeriesKey> _known = [];
    private int _bytes;

    public int Count => _byText.Count;

    /// <summary>Equal tags give the same object until the cache is cleared, however they are written.</summary>
    /// <param name="tags">A JSON object of valid UTF-8.</param>
    public bool TryGet(ReadOnlySpan<byte> tags, [NotNullWhen(true)] out SeriesKey? series, out Unreadable why)
    {
        why = default;
        if (_byText.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(tags, out series))
            return true;
        if (!TagsJson.TryRead(tags, out series, out why))
            return false;
        if (_byText.Count >= entriesMax || _bytes + tags.Length > BytesMax)
        {
            _bytes = 0;
            _byText.Clear();
            _known.Clear();
        }
        if (_known.TryGetValue(series, out var known))
            series = known;
        else
            _known.Add(series);
        _byText.Add(tags.ToArray(), series);
        _bytes += tags.Length;
        return true;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        // Seeded per process: senders choose these bytes.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
