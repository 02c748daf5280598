using ActorStream.Domain.Records;

namespace ActorStream.Domain.Rules;

/// <summary>A series matches when it has every named tag with an allowed value. Immutable; equal when it names the same.</summary>
public sealed class TagFilter : IEquatable<TagFilter>
{
    public static readonly TagFilter Any = new([]);

    /// <param name="conditions">Names unique; in any order.</param>
    public TagFilter(IEnumerable<TagCondition> conditions) =>
        Conditions = [.. conditions.OrderBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>In ordinal order of their names.</summary>
    public IReadOnlyList<TagCondition> Conditions { get; }

    public bool Matches(SeriesKey series)
    {
        // Both are sorted by name: one walk.
        var tag = 0;
        foreach (var condition in Conditions)
        {
            while (tag < series.Tags.Count && string.CompareOrdinal(series.Tags[tag].Key, condition.Name) < 0)
                tag++;
            if (tag == series.Tags.Count || series.Tags[tag].Key != condition.Name || !condition.Allows(series.Tags[tag].Value))
                return false;
        }
        return true;
    }

    public bool Equals(TagFilter? other) => other is not null && Conditions.SequenceEqual(other.Conditions);

    public override bool Equals(object? obj) => Equals(obj as TagFilter);

    public override int GetHashCode() => Conditions.Aggregate(0, (hash, c) => HashCode.Combine(hash, c.GetHashCode()));
}

/// <summary>One named tag and the values it may have.</summary>
public sealed class TagCondition : IEquatable<TagCondition>
{
    /// <param name="name">Of the tag.</param>
    /// <param name="values">At least one; compared as text.</param>
    /// <param name="isScalar">Written as one value rather than a list; only replies tell the difference.</param>
    public TagCondition(string name, IReadOnlyList<string> values, bool isScalar) => (Name, Values, IsScalar) = (name, values, isScalar);

    public string Name { get; }

    public IReadOnlyList<string> Values { get; }

    public bool IsScalar { get; }

    public bool Allows(string value)
    {
        foreach (var allowed in Values)
        {
            if (allowed == value)
                return true;
        }
        return false;
    }

    public bool Equals(TagCondition? other) => other is not null && Name == other.Name && IsScalar == other.IsScalar && Values.SequenceEqual(other.Values);

    public override bool Equals(object? obj) => Equals(obj as TagCondition);

    public override int GetHashCode() => Values.Aggregate(Name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
}
