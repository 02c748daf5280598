using System.Text;

namespace ActorStream.Domain.Records;

/// <summary>FNV-1a, 32 bits, finished with the murmur3 mixer: the same on every node, version and machine, for ever. Partitions, key groups and shards depend on it.</summary>
public static class StableHash
{
    public static uint Of(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u;
        foreach (var b in utf8)
            hash = (hash ^ b) * 16777619u;
        hash ^= hash >> 16;
        hash *= 0x85ebca6bu;
        hash ^= hash >> 13;
        hash *= 0xc2b2ae35u;
        return hash ^ (hash >> 16);
    }

    public static uint Of(string text)
    {
        Span<byte> buffer = stackalloc byte[512];
        return Encoding.UTF8.TryGetBytes(text, buffer, out var written) ? Of(buffer[..written]) : Of(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>0 &lt;= result &lt; <paramref name="buckets"/>.</summary>
    public static int Bucket(ReadOnlySpan<byte> utf8, int buckets) => (int)(Of(utf8) % (uint)buckets);

    public static int Bucket(string text, int buckets) => (int)(Of(text) % (uint)buckets);
}
