namespace ActorStream.Domain.Windows;

public enum EmitMode
{
    /// <summary>When the watermark reaches a window's end, then after each change by late events.</summary>
    Update,

    /// <summary>Once, when nothing can change it any more: at end + lateness; sessions at end + gap + lateness.</summary>
    Final,
}

/// <summary>Count, sum, min, max and avg are always there; the others cost memory and time and are asked for.</summary>
[Flags]
public enum AggregateKind
{
    Basic = 0,

    /// <summary>The value with the greatest (event time, partition, offset).</summary>
    Last = 1,

    /// <summary>Of the population: a single value has 0.</summary>
    StdDev = 2,

    /// <summary>Distinct values, or distinct hashes where the batch carries them (<see cref="DistinctSketch"/>).</summary>
    Distinct = 4,

    /// <summary>The plan's quantiles of the value (<see cref="QuantileSketch"/>).</summary>
    Quantiles = 8,
}

/// <summary>What happens to a record that needs more than the bounds allow.</summary>
public enum AtBound
{
    /// <summary>It waits, and its partition with it, until windows close. If none can, <see cref="WindowState.Blocked"/> says so.</summary>
    Wait,

    /// <summary>It changes nothing, is counted, and is told of as late with <see cref="LateReason.Bound"/>.</summary>
    Refuse,
}

/// <summary>Bounds of one key group.</summary>
/// <param name="KeysMax">Keys that hold a window, counted per window spec.</param>
/// <param name="WindowsMax">Open windows held: sessions, tumbling windows, and panes for sliding ones (at most two for each slide and key,
/// and further ones for late events that only some windows take).</param>
/// <param name="LateMax">Late events not yet made durable; a record that might be one more always waits.</param>
public sealed record WindowBounds(int KeysMax = 1_000_000, int WindowsMax = 2_000_000, int LateMax = 100_000, AtBound AtBound = AtBound.Wait);

/// <summary>What the windows of a pipeline are. Immutable; the same for all its key groups.</summary>
/// <param name="PipelineId">Part of every result id.</param>
/// <param name="ResultsTopic">Takes the results.</param>
public sealed record WindowPlan(string PipelineId, IReadOnlyList<WindowSpec> Specs, string ResultsTopic)
{
    public AggregateKind Aggregates { get; init; }

    /// <summary>Each from 0 to 1.</summary>
    public IReadOnlyList<double> Quantiles { get; init; } = [0.5, 0.95, 0.99];

    public EmitMode Emit { get; init; }

    public WindowBounds Bounds { get; init; } = new();

    /// <summary>First part of a spec's window ids: <c>tumbling</c>, <c>sliding</c>, <c>session</c>.
    /// From the second spec of a type on, its size, slide or gap is part of it: <c>sliding-60000-1000</c>.</summary>
    public string NameOf(int spec) => Specs.Take(spec).Any(s => s.Type == Specs[spec].Type) ? FullName(Specs[spec]) : TypeName(Specs[spec].Type);

    /// <summary>All that is wrong with it; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Specs.Count == 0)
            faults.Add("windows is empty; a pipeline needs at least one window.");
        for (var i = 0; i < Specs.Count; i++)
            faults.AddRange(Specs[i].Faults().Select(f => $"windows[{i}]: {f}"));
        foreach (var twice in Specs.GroupBy(FullName).Where(g => g.Count() > 1))
            faults.Add($"windows holds {twice.Key} {twice.Count()} times; their ids would be equal: keep one.");
        foreach (var quantile in Quantiles.Where(q => q is not (>= 0 and <= 1)))
            faults.Add($"quantiles holds {quantile:R}; each goes from 0 to 1.");
        foreach (var twice in Quantiles.GroupBy(q => q).Where(g => g.Count() > 1))
            faults.Add($"quantiles holds {twice.Key:R} {twice.Count()} times; a result names each once: keep one.");
        if (Bounds.KeysMax < 1 || Bounds.WindowsMax < Specs.Count || Bounds.LateMax < Specs.Count)
            faults.Add($"bounds are {Bounds.KeysMax} keys, {Bounds.WindowsMax} windows and {Bounds.LateMax} late events; at least 1 key, and {Specs.Count} of the others so that one event fits.");
        return faults;
    }

    /// <summary>Of a spec by itself, whatever others the plan has.</summary>
    public static string FullName(WindowSpec spec) => spec.Type switch
    {
        WindowType.Tumbling => $"{TypeName(spec.Type)}-{spec.SizeMs}",
        WindowType.Sliding => $"{TypeName(spec.Type)}-{spec.SizeMs}-{spec.SlideMs}",
        _ => $"{TypeName(spec.Type)}-{spec.GapMs}",
    };

    private static string TypeName(WindowType type) => type switch
    {
        WindowType.Tumbling => "tumbling",
        WindowType.Sliding => "sliding",
        _ => "session",
    };
}
