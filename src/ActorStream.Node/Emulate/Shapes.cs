namespace ActorStream.Node.Emulate;

/// <summary>The endless series the emulators send. Decimal, so that a stair of 0.1 prints as 0.3 and not as 0.30000000000000004.</summary>
public static class Shapes
{
    public static IEnumerable<decimal> Constant(decimal value)
    {
        while (true)
            yield return value;
    }

    /// <summary>Records 0, frequency, 2·frequency … are spikes.</summary>
    /// <param name="frequency">At least 1, which means only spikes.</param>
    public static IEnumerable<decimal> Spikes(decimal low, decimal spike, int frequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frequency, 1);
        return Enumerate();

        IEnumerable<decimal> Enumerate()
        {
            while (true)
                for (var i = 0; i < frequency; i++)
                    yield return i == 0 ? spike : low;
        }
    }

    /// <summary>start, start + step … up to and with <paramref name="end"/> where the steps meet it, then again from start. Goes down with a negative step.</summary>
    /// <param name="step">Not 0, and it leads from start to end.</param>
    public static IEnumerable<decimal> Stairs(decimal start, decimal end, decimal step)
    {
        if (WhyNoStairs(start, end, step) is { } why)
            throw new ArgumentException(why, nameof(step));
        return Enumerate();

        IEnumerable<decimal> Enumerate()
        {
            while (true)
                for (var value = start; step > 0 ? value <= end : value >= end; value += step)
                    yield return value;
        }
    }

    /// <summary>Null: these stairs can be walked.</summary>
    public static string? WhyNoStairs(decimal start, decimal end, decimal step)
    {
        if (step == 0)
            return "STEP is 0; give a number that leads from START to END.";
        return start != end && step > 0 != end > start ? $"STEP {step} leads away from END: {start} to {end}; give {-step}." : null;
    }
}
