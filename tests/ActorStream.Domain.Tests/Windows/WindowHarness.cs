using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>One event as it stands in a log.</summary>
internal sealed record Event(string Key, long TimeMs, double Value, long WatermarkBefore = PartitionId.NoTime);

internal sealed class ResultsInHand : IOutputs
{
    public List<(WindowResult Result, long Cause)> Emitted { get; } = [];

    /// <summary>Items that wait for the topic.</summary>
    public int Waiting { get; set; }

    public int Max { get; set; } = int.MaxValue;

    public bool IsEmpty => Waiting == 0;

    public bool Full => Waiting >= Max;

    public void Emit(string topic, string key, IOutput output, long causeOffset)
    {
        Assert.Equal("results", topic);
        var result = Assert.IsType<WindowResult>(output);
        Assert.Equal(key, result.Key);
        Emitted.Add((result, causeOffset));
        Waiting++;
    }
}

/// <summary>A window state fed by hand: offsets rise by one in each partition, watermarks are given.</summary>
internal sealed class WindowHarness(WindowPlan plan, long version = 0)
{
    public static readonly PartitionId P0 = new("windows", "events", 1, 0);
    public static readonly PartitionId P1 = new("windows", "events", 1, 1);

    private Dictionary<PartitionId, long> _next = [];

    public WindowState State { get; } = new(plan, version);

    public ResultsInHand Outputs { get; } = new();

    public static WindowPlan Plan(params WindowSpec[] specs) => new("p", specs, "results");

    /// <summary>A slice: events of others stand before and behind it in the columns.</summary>
    public static EventBatch Batch(long firstOffset, IReadOnlyList<Event> events, long idleRaisedTo = PartitionId.NoTime)
    {
        var (count, other) = (events.Count, new Event("other", 1, 1_000));
        events = [other, other, .. events, other];
        string[] keys = [.. events.Select(e => e.Key).Distinct()];
        var columns = new EventColumns
        {
            Offsets = [.. events.Select((_, i) => firstOffset + i - 2)],
            Times = [.. events.Select(e => e.TimeMs)],
            WatermarksBefore = [.. events.Select(e => e.WatermarkBefore)],
            Values = [.. events.Select(e => e.Value)],
            KeyIndexes = [.. events.Select(e => Array.IndexOf(keys, e.Key))],
            Keys = keys,
            KeyBytesMax = 200,
            IdleRaisedTo = idleRaisedTo,
        };
        return new EventBatch(columns, 2, count);
    }

    /// <summary>Events of key <c>k</c> and value 1 at these times.</summary>
    public int At(params long[] times) => Apply([.. times.Select(t => new Event("k", t, 1))]);

    public int Apply(params Event[] events) => Apply(P0, events);

    /// <summary>How many were applied.</summary>
    public int Apply(PartitionId partition, IReadOnlyList<Event> events, long idleRaisedTo = PartitionId.NoTime)
    {
        var (first, index) = (_next.GetValueOrDefault(partition), 0);
        State.Apply(partition, Batch(first, events, idleRaisedTo), ref index, Outputs);
        _next[partition] = first + index;
        return index;
    }

    public void Tick(long watermark) => State.Tick(P0, new Tick(watermark, PartitionId.NoTime), Outputs);

    /// <summary>The next incarnation, of another plan, recovered from a snapshot of this one.</summary>
    public WindowHarness ChangedTo(WindowPlan plan, long version = 1)
    {
        var changed = new WindowHarness(plan, version) { _next = _next };
        changed.State.Restore(State.CaptureAll());
        return changed;
    }

    /// <summary>What was emitted since the last call, as <c>id end revision count sum</c>.</summary>
    public IReadOnlyList<string> Said()
    {
        var said = Outputs.Emitted.Select(e => Show(e.Result)).ToArray();
        Outputs.Emitted.Clear();
        return said;
    }

    private static string Show(WindowResult r) => r.IsRetracted ? $"{r.WindowId} r{r.Revision} into {r.MergedInto}" : $"{r.WindowId}..{r.EndMs} r{r.Revision} n{r.Data.Count}";
}
