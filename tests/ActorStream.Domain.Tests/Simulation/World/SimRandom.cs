namespace ActorStream.Domain.Tests.Simulation;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed on every machine and version of the runtime.</summary>
internal sealed class SimRandom(long seed)
{
    private ulong _state = (ulong)seed * 0x9E3779B97F4A7C15UL;

    /// <summary>Both ends are inclusive.</summary>
    public int Between(int least, int greatest) => least + (int)(Next() % (ulong)(greatest - least + 1));

    /// <summary>0 &lt;= result &lt; <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(Next() % (ulong)count);

    /// <summary>0 &lt;= result &lt; 1.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Share() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
