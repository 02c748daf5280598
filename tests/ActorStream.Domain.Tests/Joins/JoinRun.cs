using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Joins;

internal sealed class RowsInHand : IOutputs
{
    public List<(JoinResult Row, long Cause)> Emitted { get; } = [];

    /// <summary>Items that wait for the topic.</summary>
    public int Waiting { get; set; }

    public int Max { get; set; } = int.MaxValue;

    public bool IsEmpty => Waiting == 0;

    public bool Full => Waiting >= Max;

    public void Emit(string topic, string key, IOutput output, long causeOffset)
    {
        Assert.Equal("results", topic);
        Assert.True(!Full, "a row was emitted into a full outbox");
        var row = Assert.IsType<JoinResult>(output);
        Assert.Equal(key, row.Key);
        Emitted.Add((row, causeOffset));
        Waiting++;
    }
}

/// <summary>A group's life under readers of two topics, as <see cref="WindowRun"/> is one under readers of one.</summary>
internal sealed class JoinRun(JoinPlan plan, IReadOnlyList<PartitionId> ids, IReadOnlyList<Logged>[] logs, long delay, RunStyle style, int seed)
{
    private readonly Random _random = new(seed);
    private readonly int[] _applied = new int[logs.Length];
    private readonly int[] _journaled = new int[logs.Length];
    private readonly int[] _committed = new int[logs.Length];
    private readonly List<IStateChange> _changes = [];
    private readonly RowsInHand _outputs = new() { Max = style.OutboxMax };
    private IStateSnapshot? _snapshot;
    private int _journaledRows;
    private JoinState _state = new(plan);

    public IReadOnlyList<(JoinResult Row, long Cause)> Emitted => _outputs.Emitted;

    public WindowBooks Books => _state.Books;

    /// <summary>Checkpoints that were written while rows were leaving.</summary>
    public int Slices { get; private set; }

    /// <summary>Late events by what names them; a repetition after a crash must say the same.</summary>
    public Dictionary<(PartitionId Partition, long Offset), LateEvent> Late { get; } = [];

    /// <summary>To the end of the logs, then to the end of time.</summary>
    public JoinRun ToTheEnd()
    {
        while (Enumerable.Range(0, logs.Length).Any(p => _applied[p] < logs[p].Count))
            Step();
        Capture();
        do
        {
            _outputs.Waiting = 0;
            _state.Tick(ids[0], new Tick(long.MaxValue, PartitionId.NoTime), _outputs);
            Capture();
        }
        while (_state.HasDue);
        Assert.Equal((0, 0), (_state.Keys, _state.OpenWindows));
        Assert.Equal((0, _state.Books.Specs[0].Created), (_state.Books.Specs[0].Active, _state.Books.Specs[0].Completed));
        return this;
    }

    private void Step()
    {
        if (_random.Next(100) < style.CapturePercent)
            Capture();
        if (_random.Next(100) < style.CrashPercent)
            Crash();
        if (_random.Next(3) == 0)
            Tick();
        _outputs.Waiting = Math.Max(0, _outputs.Waiting - _random.Next(6));
        if (_random.Next(2) == 0 && !_outputs.Full)
            _state.Resume(_outputs);
        Apply(_random.Next(logs.Length));
        Assert.True(_state.Books.IsBalanced, $"{_state.Books}");
        Assert.Equal(_applied.Sum(), _state.Books.In);
        foreach (var late in _state.TakeLate())
        {
            if (!Late.TryAdd((late.Partition, late.Offset), late))
                Assert.Equal(Late[(late.Partition, late.Offset)], late);
        }
    }

    private void Apply(int partition)
    {
        var (log, from) = (logs[partition], _applied[partition]);
        var count = Math.Min(style.Chunk > 0 ? style.Chunk : _random.Next(1, 9), log.Count - from);
        if (count == 0 || _outputs.Full)
            return;
        var events = log.Skip(from).Take(count).Select(e => new Event(e.Key, e.TimeMs, e.Value, e.WatermarkBefore)).ToArray();
        var (index, emitted) = (0, _outputs.Emitted.Count);
        _state.Apply(ids[partition], WindowHarness.Batch(from, events), ref index, _outputs);
        Assert.True(index == count || _outputs.Full, "records were left though the outbox has room");
        _applied[partition] += index;
        Assert.All(_outputs.Emitted.Skip(emitted), e => Assert.True(e.Cause == PartitionId.None || (e.Cause >= from && e.Cause < from + index), $"cause {e.Cause}"));
    }

    private void Tick()
    {
        for (var p = 0; p < logs.Length; p++)
            _committed[p] = _random.Next(3) == 0 ? _random.Next(_committed[p], _journaled[p] + 1) : _journaled[p];
        _state.Tick(ids[0], new Tick(logs.Select(WatermarkOf).Min(), PartitionId.NoTime), _outputs);
    }

    /// <summary>A log that has ended holds nobody back.</summary>
    private long WatermarkOf(IReadOnlyList<Logged> log, int p) => _committed[p] == log.Count
        ? PartitionId.EndOfTime
        : log.Take(_committed[p]).Select(e => e.TimeMs - delay).DefaultIfEmpty(PartitionId.NoTime).Max();

    private void Capture()
    {
        if (_state.Capture() is JoinStateChange change)
        {
            _changes.Add(change);
            Slices += change.Rows is { Done: > 0 } ? 1 : 0;
        }
        Assert.False(_state.IsDirty);
        if (_random.Next(4) == 0)
            CheckRecovered();
        _applied.CopyTo(_journaled, 0);
        _journaledRows = _outputs.Emitted.Count;
        if (_random.Next(5) == 0)
        {
            _snapshot = _state.CaptureAll();
            _changes.Clear();
        }
        if (style.RestartsAtCheckpoints)
            _state = Recovered();
    }

    private void CheckRecovered()
    {
        var recovered = Recovered();
        Assert.Equal(Text(_state), Text(recovered));
        Assert.Equal((_state.Keys, _state.OpenWindows, _state.HasDue), (recovered.Keys, recovered.OpenWindows, recovered.HasDue));
        var described = _state.Describe(int.MaxValue);
        Assert.Equal(_state.Books.Specs[0].Active, described.Count);
        Assert.Equal(described.Take(3), recovered.Describe(3));
    }

    private void Crash()
    {
        _state = Recovered();
        _journaled.CopyTo(_applied, 0);
        _outputs.Emitted.RemoveRange(_journaledRows, _outputs.Emitted.Count - _journaledRows);
    }

    private JoinState Recovered()
    {
        var state = new JoinState(plan);
        if (_snapshot is not null)
            state.Restore(_snapshot);
        foreach (var change in _changes)
            state.Fold(change);
        return state;
    }

    /// <summary>Everything a state holds, keys in order.</summary>
    private static string Text(JoinState state)
    {
        var (watermark, books, rows, contents) = (JoinStateSnapshot)state.CaptureAll();
        var (pane, e, lines) = (0, 0, new List<string>());
        foreach (var key in contents.Keys)
        {
            lines.Add($"{key}");
            foreach (var p in contents.Panes.Skip(pane).Take(key.Panes))
            {
                lines[^1] += $"\n  {p} {string.Join(',', contents.Events.Skip(e).Take(p.Left + p.Right))}";
                e += p.Left + p.Right;
            }
            pane += key.Panes;
        }
        return $"{watermark} {books with { Specs = [] }} {books.Specs[0]} {rows}\n{string.Join('\n', lines.Order(StringComparer.Ordinal))}";
    }
}
