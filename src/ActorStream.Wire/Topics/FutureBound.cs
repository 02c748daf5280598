using System.Globalization;

namespace ActorStream.Wire.Topics;

/// <summary>How far a sample's own time may lie ahead of a clock (compatibility.md 1.3, <c>metrics.max-future</c>), in milliseconds; exactly that far is allowed.</summary>
public static class FutureBound
{
    /// <summary>A sample may carry any time.</summary>
    public const long Off = long.MaxValue;

    public static long Of(TimeSpan? aheadMax) => aheadMax is { } time ? (long)time.TotalMilliseconds : Off;

    /// <param name="timeMs">Within the years 1 to 9999.</param>
    /// <param name="clock">What <paramref name="clockMs"/> is, as part of a sentence.</param>
    public static string Sentence(long timeMs, long clockMs, string clock, long aheadMsMax)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return $"ts is {time}, {timeMs - clockMs} ms ahead of {clock}, and metrics.max-future is {aheadMsMax} ms; correct the sender's clock, or raise metrics.max-future.";
    }
}
