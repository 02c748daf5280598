namespace ActorStream.Streams.Windows;

/// <summary>What the readers of one pipeline did on this node lately: events by second, and how long a chunk took from being read to being committed. Safe from any thread.</summary>
public sealed class PipelineActivity(TimeProvider time)
{
    /// <summary>How far back events are remembered by second.</summary>
    public const int SecondsMax = 60;

    private const int DurationsMax = 512;
    private const int RateSeconds = 10;

    private readonly Lock _lock = new();
    private readonly (long Second, long Events)[] _seconds = new (long, long)[SecondsMax + 1];
    private readonly Queue<double> _durations = new();
    private long? _lastMs;

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
    /// <param name="tookMs">One for each chunk it covered.</param>
    public void Committed(long events, IEnumerable<double> tookMs)
    {
        var (second, nowMs) = (Second, NowMs);
        lock (_lock)
        {
            _lastMs = nowMs;
            ref var slot = ref _seconds[second % _seconds.Length];
            slot = slot.Second == second ? (second, slot.Events + events) : (second, events);
            foreach (var took in tookMs)
            {
                _durations.Enqueue(took);
                if (_durations.Count > DurationsMax)
                    _durations.Dequeue();
            }
        }
    }

    public PipelineActivityReport Report(string pipeline)
    {
        var now = Second;
        lock (_lock)
            return new PipelineActivityReport(pipeline, [.. _seconds.Where(s => s.Second < now && s.Second >= now - SecondsMax).Select(s => new SecondReport(s.Second, s.Events))], [.. _durations], _lastMs);
    }
}

/// <param name="Seconds">Whole seconds of the last minute in which something was committed; no order.</param>
/// <param name="DurationsMs">From reading a chunk to its commit; the latest.</param>
/// <param name="LastMs">Of the last commit, epoch milliseconds; null: none since the node started.</param>
public sealed record PipelineActivityReport(string Pipeline, IReadOnlyList<SecondReport> Seconds, IReadOnlyList<double> DurationsMs, long? LastMs);

/// <param name="Second">Epoch seconds.</param>
public readonly record struct SecondReport(long Second, long Events);
