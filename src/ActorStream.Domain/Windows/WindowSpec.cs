namespace ActorStream.Domain.Windows;

public enum WindowType
{
    Tumbling,
    Sliding,
    Session,
}

/// <summary>Which windows an event time belongs to. All windows are half-open [start, end); those of fixed size are aligned to the Unix epoch in UTC.</summary>
/// <remarks>
/// A tumbling or sliding window has an index k: it starts at k times the slide, whatever the sign of k. The size need not be a multiple of the slide.
/// Times are epoch milliseconds and may be negative.
/// </remarks>
/// <param name="SizeMs">0 for sessions.</param>
/// <param name="SlideMs">From one start to the next; of a tumbling window its size; 0 for sessions.</param>
/// <param name="GapMs">Silence that ends a session; 0 for the others.</param>
/// <param name="AllowedLatenessMs">How long after its end a window still takes events.</param>
public sealed record WindowSpec(WindowType Type, long SizeMs, long SlideMs, long GapMs, long AllowedLatenessMs)
{
    /// <summary>Ten years, the greatest duration of the rules too.</summary>
    public const long DurationMsMax = 315_360_000_000;

    /// <summary>Windows that one event may belong to; a firing merges up to twice as many panes.</summary>
    public const long OverlapMax = 100_000;

    public static WindowSpec Tumbling(long sizeMs, long allowedLatenessMs = 0) => new(WindowType.Tumbling, sizeMs, sizeMs, 0, allowedLatenessMs);

    public static WindowSpec Sliding(long sizeMs, long slideMs, long allowedLatenessMs = 0) => new(WindowType.Sliding, sizeMs, slideMs, 0, allowedLatenessMs);

    public static WindowSpec Session(long gapMs, long allowedLatenessMs = 0) => new(WindowType.Session, 0, 0, gapMs, allowedLatenessMs);

    /// <summary>Both have the same windows, however late those take events: state of the one can be gone on with by the other.</summary>
    public bool HasWindowsOf(WindowSpec other) => this with { AllowedLatenessMs = 0 } == other with { AllowedLatenessMs = 0 };

    /// <summary>What is wrong with it, each with the value, the limit and the remedy; empty when nothing is.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Type == WindowType.Session)
            CheckDuration(faults, "gap_ms", GapMs);
        else
            CheckDuration(faults, "size_ms", SizeMs);
        if (Type == WindowType.Sliding)
            CheckSlide(faults);
        if (Type == WindowType.Tumbling && SlideMs != SizeMs)
            faults.Add($"slide_ms is {SlideMs}; a tumbling window slides by its size ({SizeMs}): leave slide_ms out, or use type sliding.");
        if (AllowedLatenessMs is < 0 or > DurationMsMax)
            faults.Add($"allowed_lateness_ms is {AllowedLatenessMs}; it goes from 0 to {DurationMsMax} (ten years): 0 takes nothing after a window's end.");
        return faults;
    }

    /// <summary>Start of window k.</summary>
    public long StartOf(long k) => k * SlideMs;

    /// <summary>End of window k, exclusive.</summary>
    public long EndOf(long k) => (k * SlideMs) + SizeMs;

    /// <summary>Lowest index of a window that holds the time.</summary>
    public long FirstWindow(long timeMs) => FirstEndingAfter(timeMs);

    /// <summary>Highest index of a window that holds the time.</summary>
    public long LastWindow(long timeMs) => FloorDivide(timeMs, SlideMs);

    /// <summary>Lowest index of a window whose end is greater than the time.</summary>
    public long FirstEndingAfter(long timeMs) => FloorDivide(timeMs - SizeMs, SlideMs) + 1;

    /// <summary>Starts of all windows of fixed size that hold the time, ascending.</summary>
    public IEnumerable<long> StartsOf(long timeMs)
    {
        for (var k = FirstWindow(timeMs); k <= LastWindow(timeMs); k++)
            yield return StartOf(k);
    }

    private void CheckSlide(List<string> faults)
    {
        if (SlideMs is <= 0 or > DurationMsMax)
            CheckDuration(faults, "slide_ms", SlideMs);
        else if (SlideMs > SizeMs)
            faults.Add($"slide_ms is {SlideMs} and greater than size_ms ({SizeMs}): events in between would belong to no window. Make the slide at most the size.");
        else if (SizeMs / SlideMs > OverlapMax)
            faults.Add($"size_ms {SizeMs} by slide_ms {SlideMs} puts each event into {SizeMs / SlideMs} windows; at most {OverlapMax}: make the slide greater.");
    }

    private static void CheckDuration(List<string> faults, string name, long value)
    {
        if (value is <= 0 or > DurationMsMax)
            faults.Add($"{name} is {value}; it goes from 1 to {DurationMsMax} (ten years), in milliseconds.");
    }

    private static long FloorDivide(long dividend, long divisor)
    {
        var (quotient, rest) = Math.DivRem(dividend, divisor);
        return rest < 0 ? quotient - 1 : quotient;
    }
}
