namespace ActorStream.Streams.Windows;

/// <summary>What the readers of one pipeline did on this node lately: events by second, and how long what arrived took to its sinks, or to its commit where there are none. Safe from any thread.</summary>
public sealed class PipelineActivity(TimeProvider time)
{
    /// <summary>How far back events are remembered by second.</summary>
    public const int SecondsMax = 60;

    internal const int DurationsMax = 512;
    private const int RateSeconds = 10;

    private readonly Lock _lock = new();
    private readonly (long Second, long Events)[] _seconds = new (long, long)[SecondsMax + 1];
    private readonly Queue<double> _durations = new();
    private long? _lastMs;

    internal ArrivalTimes Arrivals { get; } = new();

    /// <summary>Events per second over the last ten whole seconds.</summary>
    public double Rate
    {
        get
        {
            var now = Second;
            lock (_lock)
                return _seconds.Where(s => s.Second < now && s.Second >= now - RateSeconds).Sum(s => s.Events) / (double)RateSeconds;
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Second => NowMs / 1_000;

    /// <summary>A commit was acknowledged.</summary>
    /// <param name="tookMs">One for each chunk it covered, where no sink tells it.</param>
    public void Committed(long events, IEnumerable<double> tookMs)
    {
        var (second, nowMs) = (Second, NowMs);
        lock (_lock)
        {
            _lastMs = nowMs;
            ref var slot = ref _seconds[second % _seconds.Length];
            slot = slot.Second == second ? (second, slot.Events + events) : (second, events);
            foreach (var took in tookMs)
                Add(took);
        }
    }

    /// <summary>A sink has written a chunk.</summary>
    public void Took(double tookMs)
    {
        lock (_lock)
            Add(tookMs);
    }

    public PipelineActivityReport Report(string pipeline)
    {
        var now = Second;
        lock (_lock)
            return new PipelineActivityReport(pipeline, [.. _seconds.Where(s => s.Second < now && s.Second >= now - SecondsMax).Select(s => new SecondReport(s.Second, s.Events))], [.. _durations], _lastMs);
    }

    private void Add(double tookMs)
    {
        _durations.Enqueue(tookMs);
        if (_durations.Count > DurationsMax)
            _durations.Dequeue();
    }
}

/// <param name="Seconds">Whole seconds of the last minute in which something was committed; no order.</param>
/// <param name="DurationsMs">From the arrival of what closed a window to a sink, or of a chunk to its commit where there is no sink; the latest.</param>
/// <param name="LastMs">Of the last commit, epoch milliseconds; null: none since the node started.</param>
public sealed record PipelineActivityReport(string Pipeline, IReadOnlyList<SecondReport> Seconds, IReadOnlyList<double> DurationsMs, long? LastMs);

/// <param name="Second">Epoch seconds.</param>
public readonly record struct SecondReport(long Second, long Events);
