using System.Diagnostics;
using System.Globalization;

namespace ActorStream.Scenarios.Notices;

/// <summary>One webhook's limits as Discord keeps them: a bucket of five requests in two seconds, and the pauses it asked for. Not safe for several threads.</summary>
internal sealed class LimitedWebhook
{
    private const int Limit = 5;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private long _windowEnds = long.MinValue;
    private int _remaining;
    private long _pausedUntil = long.MinValue;

    /// <summary>How much too early a request at this time is, as far as this webhook was told; zero or less: it is allowed.</summary>
    public TimeSpan EarlyBy(long at)
    {
        var until = Math.Max(_pausedUntil, _remaining == 0 && _windowEnds > at ? _windowEnds : long.MinValue);
        return until == long.MinValue ? TimeSpan.Zero : Stopwatch.GetElapsedTime(at, until);
    }

    /// <summary>A request that is allowed takes a token.</summary>
    public void Take(long at)
    {
        if (at >= _windowEnds)
            (_windowEnds, _remaining) = (at + (long)(Window.TotalSeconds * Stopwatch.Frequency), Limit);
        _remaining--;
    }

    /// <summary>It is told now to wait so long.</summary>
    public void Pause(TimeSpan pause, long now) => _pausedUntil = Math.Max(_pausedUntil, now + (long)(pause.TotalSeconds * Stopwatch.Frequency));

    public IEnumerable<(string Name, string Value)> Headers(long now)
    {
        yield return ("X-RateLimit-Limit", $"{Limit}");
        yield return ("X-RateLimit-Remaining", $"{_remaining}");
        yield return ("X-RateLimit-Bucket", "80c17d2f203122d936070c88c8d10f33");
        var left = Math.Max(0, Stopwatch.GetElapsedTime(now, _windowEnds).TotalSeconds);
        yield return ("X-RateLimit-Reset-After", (Math.Ceiling(left * 1000) / 1000).ToString("0.000", CultureInfo.InvariantCulture));
    }
}
