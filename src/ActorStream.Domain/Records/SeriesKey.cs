namespace ActorStream.Domain.Records;

/// <summary>The tags of a sample in canonical form: names in ordinal order, values as text. Equal tags are one series of their metric.</summary>
public sealed record SeriesKey
{
    /// <summary>A sample without tags.</summary>
    public static readonly SeriesKey Empty = new([]);

    private readonly int _hash;

    /// <param name="tags">Sorted by name (ordinal), names unique.</param>
    public SeriesKey(IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        Tags = tags;
        var hash = new HashCode();
        foreach (var (name, value) in tags)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }
        _hash = hash.ToHashCode();
    }

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; }

    // Most keys compared are one interned object.
    public bool Equals(SeriesKey? other) => ReferenceEquals(this, other) || (other is not null && _hash == other._hash && HasTagsOf(other));

    public override int GetHashCode() => _hash;

    public override string ToString() => string.Join(',', Tags.Select(t => $"{t.Key}:{t.Value}"));

    private bool HasTagsOf(SeriesKey other)
    {
        if (Tags.Count != other.Tags.Count)
            return false;
        for (var i = 0; i < Tags.Count; i++)
        {
            if (Tags[i].Key != other.Tags[i].Key || Tags[i].Value != other.Tags[i].Value)
                return false;
        }
        return true;
    }
}
