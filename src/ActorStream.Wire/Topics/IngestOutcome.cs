namespace ActorStream.Wire.Topics;

public enum IngestFault
{
    None,

    /// <summary>400: nothing of the body was taken.</summary>
    NotJson,

    /// <summary>422: JSON, and neither an object nor an array.</summary>
    WrongShape,
}

/// <param name="Index">From 0: element of the array, or line among those that are not blank.</param>
/// <param name="Detail">Holds the value, the limit and the remedy.</param>
public readonly record struct RejectedSample(int Index, string Detail);

/// <summary>What became of the samples of one body.</summary>
public sealed class IngestTally
{
    /// <summary>Rejections listed; those beyond are only counted.</summary>
    public const int ListedMax = 1_000;

    private readonly List<RejectedSample> _rejected = [];

    public int Accepted { get; internal set; }

    /// <summary>Exact, also when the list is cut.</summary>
    public int RejectedTotal { get; private set; }

    public IReadOnlyList<RejectedSample> Rejected => _rejected;

    internal void Reject(int index, string detail)
    {
        RejectedTotal++;
        if (_rejected.Count < ListedMax)
            _rejected.Add(new RejectedSample(index, detail));
    }
}

/// <param name="Detail">The fault as a sentence; null without one.</param>
/// <param name="IsSingle">The body was one object: the reply echoes it, or refuses it with the one rejection's detail.</param>
/// <param name="Tally">Zeros after a fault.</param>
/// <param name="Name">Of a single accepted object.</param>
/// <param name="ValueText">Of a single accepted object: the number as it was written.</param>
public sealed record IngestOutcome(IngestFault Fault, string? Detail, bool IsSingle, IngestTally Tally, string? Name, string? ValueText)
{
    internal static IngestOutcome NotJson(string detail) => new(IngestFault.NotJson, detail, false, new IngestTally(), null, null);
}
