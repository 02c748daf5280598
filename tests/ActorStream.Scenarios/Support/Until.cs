using System.Diagnostics;

namespace ActorStream.Scenarios.Support;

/// <summary>Waits for a condition, with a deadline.</summary>
internal static class Until
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <exception cref="TimeoutException">The condition did not come to hold in time.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> otherwise)
    {
        if (!await TryAsync(condition, patience))
            throw new TimeoutException($"{otherwise()} (waited {patience.TotalSeconds:0} s)");
    }

    /// <summary>False: it did not come to hold in time.</summary>
    public static async Task<bool> TryAsync(Func<Task<bool>> condition, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(Between);
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
                return false;
            await pace.WaitForNextTickAsync();
        }
        return true;
    }
}
