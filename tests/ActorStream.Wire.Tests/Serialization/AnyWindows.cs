using ActorStream.Domain.Joins;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>Events and windows whose lists fit each other, with anything in them.</summary>
internal sealed class AnyWindows(Random random, Anything any)
{
    private const long Time = 1_764_000_000_000;

    public WindowContents Contents()
    {
        var panedKeys = Many<PanedKeyState>(4);
        var sessionKeys = Many<SessionKeyState>(3);
        for (var i = 0; i < panedKeys.Length; i++)
            panedKeys[i] = panedKeys[i] with { Panes = random.Next(4), Fired = random.Next(3) };
        for (var i = 0; i < sessionKeys.Length; i++)
            sessionKeys[i] = sessionKeys[i] with { Sessions = random.Next(4) };
        return new WindowContents(
            panedKeys, Made<PaneState>(panedKeys.Sum(static k => k.Panes)), Made<FiredWindowState>(panedKeys.Sum(static k => k.Fired)),
            sessionKeys, Made<SessionState>(sessionKeys.Sum(static k => k.Sessions)));
    }

    public JoinContents Joined()
    {
        var keys = Many<JoinKeyState>(4);
        for (var i = 0; i < keys.Length; i++)
            keys[i] = keys[i] with { Panes = random.Next(4) };
        var panes = Made<JoinPaneState>(keys.Sum(static k => k.Panes));
        for (var i = 0; i < panes.Length; i++)
            panes[i] = panes[i] with { Left = random.Next(3), Right = random.Next(3) };
        return new JoinContents(keys, panes, Made<JoinedEvent>(panes.Sum(static p => p.Left + p.Right)));
    }

    public static EventBatch Events(Random random, long from, long specVersion = 0)
    {
        var (start, count) = (random.Next(3), 1 + random.Next(20));
        var all = start + count + random.Next(3);
        string[] keys = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(static i => $"größer 🚀 {i}"), "never used"];
        var (offset, watermark) = (from, PartitionId.NoTime);
        var columns = new EventColumns
        {
            Offsets = [.. Enumerable.Range(0, all).Select(_ => offset += 1 + random.Next(1_000))],
            Times = [.. Enumerable.Range(0, all).Select(_ => random.Next(5) == 0 ? random.NextInt64(-EventColumns.TimeMsMax, EventColumns.TimeMsMax) : Time + random.Next(60_000))],
            WatermarksBefore = [.. Enumerable.Range(0, all).Select(_ => watermark = Math.Max(watermark, random.Next(2) == 0 ? watermark : Time - random.Next(60_000)))],
            Values = [.. Enumerable.Range(0, all).Select(_ => random.Next(3) == 0 ? -0.0 : random.NextDouble() * 1e6)],
            KeyIndexes = [.. Enumerable.Range(0, all).Select(_ => random.Next(keys.Length - 1))],
            Keys = keys,
            KeyBytesMax = 20,
            DistinctHashes = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, all).Select(_ => (ulong)random.NextInt64())],
            IdleRaisedTo = random.Next(2) == 0 ? PartitionId.NoTime : Time - random.Next(3),
            SpecVersion = specVersion,
        };
        return new EventBatch(columns, start, count);
    }

    public static QuantileSketchState Quantiles(Random random)
    {
        int[] buckets = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(-100_000, 100_000)).Distinct().Order()];
        return new QuantileSketchState(buckets, [.. buckets.Select(_ => random.NextInt64(1, 1L << random.Next(1, 62)))]);
    }

    /// <summary>A result says of all its quantiles which they are, or of none.</summary>
    public static WindowData Fitting(WindowData data) =>
        data with { Ranks = data.Quantiles is { Count: > 0 } quantiles && data.Ranks is not null ? [.. quantiles.Select(static (_, i) => i / 8.0)] : null };

    private T[] Many<T>(int max) => Made<T>(random.Next(max));

    private T[] Made<T>(int count) => [.. Enumerable.Range(0, count).Select(_ => any.A<T>())];
}
