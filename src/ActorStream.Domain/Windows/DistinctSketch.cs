using System.Numerics;

namespace ActorStream.Domain.Windows;

/// <summary>How many distinct 64-bit hashes were added, whatever their order and grouping: exact up to 256, beyond that with a standard error of 1.63 %.</summary>
/// <remarks>
/// Outline: 1. few hashes are kept as they are; 2. one more than that makes 4,096 registers of them, each the greatest number of leading zeros
/// seen behind its 12 bits; 3. the estimate needs no correction for small or large counts.
/// After: Flajolet and others, HyperLogLog (2007); the estimator is Ertl's (New cardinality estimation algorithms, 2017, algorithm 6).
/// </remarks>
public sealed class DistinctSketch
{
    public const int ExactMax = 256;
    private const int Bits = 12;
    private const int Registers = 1 << Bits;
    private const int RankMax = 64 - Bits + 1;

    private HashSet<ulong>? _few = [];
    private byte[]? _registers;

    public static DistinctSketch From(DistinctSketchState state) => new()
    {
        _few = state.Few is { } few ? [.. few] : null,
        _registers = state.Registers is { } registers ? [.. registers] : null,
    };

    /// <summary>A stable hash of a value, for where the events bring none (the finalizer of splitmix64).</summary>
    public static ulong HashOf(double value)
    {
        var hash = BitConverter.DoubleToUInt64Bits(value) + 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }

    public void Add(ulong hash)
    {
        if (_few is null)
            Raise(_registers!, hash);
        else if (_few.Add(hash) && _few.Count > ExactMax)
            Spread();
    }

    public void Merge(DistinctSketch other)
    {
        if (other._few is { } few)
        {
            foreach (var hash in few)
                Add(hash);
            return;
        }
        if (_few is not null)
            Spread();
        for (var i = 0; i < Registers; i++)
            _registers![i] = Math.Max(_registers[i], other._registers![i]);
    }

    public DistinctSketchState Capture() => new(_few is null ? null : [.. _few.Order()], _registers is null ? null : [.. _registers]);

    public long Read()
    {
        if (_few is not null)
            return _few.Count;
        Span<int> counts = stackalloc int[RankMax + 1];
        counts.Clear();
        foreach (var rank in _registers!)
            counts[rank]++;
        var z = Registers * Tau(1 - ((double)counts[RankMax] / Registers));
        for (var rank = RankMax - 1; rank >= 1; rank--)
            z = 0.5 * (z + counts[rank]);
        z += Registers * Sigma((double)counts[0] / Registers);
        const double alpha = 0.72134752044448170367996234050095;
        return (long)Math.Round(alpha * Registers * Registers / z);
    }

    private void Spread()
    {
        _registers = new byte[Registers];
        foreach (var hash in _few!)
            Raise(_registers, hash);
        _few = null;
    }

    private static void Raise(byte[] registers, ulong hash)
    {
        ref var register = ref registers[hash >> (64 - Bits)];
        var rank = Math.Min(BitOperations.LeadingZeroCount(hash << Bits) + 1, RankMax);
        if (rank > register)
            register = (byte)rank;
    }

    private static double Sigma(double x)
    {
        if (x == 1)
            return double.PositiveInfinity;
        var (y, z, before) = (1.0, x, -1.0);
        while (z != before)
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
            return 0;
        var (y, z, before) = (1.0, 1 - x, -1.0);
        while (z != before)
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        return z / 3;
    }
}

/// <summary>Either few hashes, ascending, or 4,096 registers.</summary>
public sealed record DistinctSketchState(IReadOnlyList<ulong>? Few, IReadOnlyList<byte>? Registers);
