namespace ActorStream.Domain.Records;

/// <summary>One partition of a topic as one reader group sees it: what offsets, commit rows and entities refer to.</summary>
/// <param name="Group">Reader group, e.g. <c>alarms</c>, <c>notices</c>, <c>history</c>.</param>
/// <param name="Topic">Topic name.</param>
/// <param name="Incarnation">Rises when a topic was made anew, so that old offsets are never taken for new ones (protocol.md A13). From 1.</param>
/// <param name="Partition">From 0.</param>
public sealed record PartitionId(string Group, string Topic, int Incarnation, int Partition)
{
    /// <summary>The offset before the first one: "nothing applied", "nothing acknowledged".</summary>
    public const long None = -1;

    /// <summary>The watermark and event time before any record: below every time a record may carry.</summary>
    public const long NoTime = long.MinValue / 4;

    /// <summary>The greatest event time of a source that has ended: every window's end lies before it.</summary>
    public const long EndOfTime = long.MaxValue / 4;

    /// <summary>The id of the sharded reader of this partition; a new incarnation is read by the same reader.</summary>
    public string ReaderId => $"{Group}/{Topic}/{Partition}";

    public override string ToString() => $"{Group}/{Topic}.{Incarnation}/{Partition}";
}
