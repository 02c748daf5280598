using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>How a run goes about the same logs.</summary>
/// <param name="Chunk">Events per Apply; 0: at random.</param>
/// <param name="CrashPercent">Of the steps.</param>
/// <param name="OutboxMax">Bound of the outbox.</param>
/// <param name="RestartsAtCheckpoints">A new incarnation goes on from each, without having lost anything.</param>
/// <param name="Change">Gives the pipeline's next plan; null: it is never changed.</param>
internal sealed record RunStyle(
    int Chunk = 0, int CrashPercent = 0, int OutboxMax = int.MaxValue, int CapturePercent = 15, bool RestartsAtCheckpoints = false, Func<Random, WindowPlan, WindowPlan>? Change = null);

/// <summary>A group's life under a reader: batches of several partitions interleave, commits lag behind what is journaled, time is the least of the
/// committed watermarks, crashes lose what no checkpoint holds. All at random, from one seed.</summary>
internal sealed class WindowRun
{
    private readonly IReadOnlyList<Logged>[] _logs;
    private readonly long _delay;
    private readonly RunStyle _style;
    private readonly Random _random;
    private readonly PartitionId[] _ids;
    private readonly int[] _applied;
    private readonly int[] _journaled;
    private readonly int[] _committed;
    private readonly List<IStateChange> _changes = [];
    private readonly ResultsInHand _outputs = new();
    private IStateSnapshot? _snapshot;
    private int _journaledOutputs;
    private WindowState _state;
    private WindowPlan _plan;
    private long _version;
    private bool _isAdvanced = true;

    public WindowRun(WindowPlan plan, IReadOnlyList<Logged>[] logs, long delay, RunStyle style, int seed)
    {
        (_plan, _logs, _delay, _style, _random, _state) = (plan, logs, delay, style, new Random(seed), new WindowState(plan));
        _ids = [.. logs.Select((_, p) => new PartitionId("windows", "events", 1, p))];
        (_applied, _journaled, _committed) = (new int[logs.Length], new int[logs.Length], new int[logs.Length]);
        _outputs.Max = style.OutboxMax;
    }

    public IReadOnlyList<(WindowResult Result, long Cause)> Emitted => _outputs.Emitted;

    public WindowBooks Books => _state.Books;

    /// <summary>Late events by what names them; a repetition after a crash must say the same.</summary>
    public Dictionary<(int Partition, long Offset, int Spec), LateEvent> Late { get; } = [];

    /// <summary>To the end of the logs, then to the end of time.</summary>
    public WindowRun ToTheEnd()
    {
        while (Enumerable.Range(0, _logs.Length).Any(p => _applied[p] < _logs[p].Count))
            Step();
        Capture();
        do
        {
            _outputs.Waiting = 0;
            _state.Tick(_ids[0], new Tick(long.MaxValue, PartitionId.NoTime), _outputs);
        }
        while (_state.HasDue);
        Capture();
        Assert.Equal((0, 0), (_state.Keys, _state.OpenWindows));
        Assert.All(_state.Books.Specs, s => Assert.Equal(0, s.Active));
        return this;
    }

    private void Step()
    {
        if (_random.Next(100) < _style.CapturePercent)
            Capture();
        if (_random.Next(100) < _style.CrashPercent)
            Crash();
        if (_style.Change is not null && _random.Next(100) < 8)
            Change();
        if (_random.Next(4) == 0)
            Tick();
        _outputs.Waiting = Math.Max(0, _outputs.Waiting - _random.Next(6));
        Apply(_random.Next(_logs.Length));
        Assert.True(_state.Books.IsBalanced, $"{_state.Books}");
        Assert.Equal(_applied.Sum(), _state.Books.In);
        foreach (var late in _state.TakeLate())
        {
            if (!Late.TryAdd((late.Partition.Partition, late.Offset, late.Spec), late) && _style.Change is null)
                Assert.Equal(Late[(late.Partition.Partition, late.Offset, late.Spec)], late);
        }
    }

    private void Apply(int partition)
    {
        var (log, from) = (_logs[partition], _applied[partition]);
        var count = Math.Min(_style.Chunk > 0 ? _style.Chunk : _random.Next(1, 9), log.Count - from);
        if (count == 0)
            return;
        var events = log.Skip(from).Take(count).Select(e => new Event(e.Key, e.TimeMs, e.Value, e.WatermarkBefore)).ToArray();
        var (index, emitted) = (0, _outputs.Emitted.Count);
        if (!_outputs.Full)
        {
            _state.Apply(_ids[partition], WindowHarness.Batch(from, events), ref index, _outputs);
            _isAdvanced = true;
        }
        _applied[partition] += index;
        Assert.All(_outputs.Emitted.Skip(emitted), e => Assert.True(e.Cause == PartitionId.None || (e.Cause >= from && e.Cause < from + index), $"cause {e.Cause}"));
    }

    private void Tick()
    {
        for (var p = 0; p < _logs.Length; p++)
            _committed[p] = _random.Next(_committed[p], _journaled[p] + 1);
        _state.Tick(_ids[0], new Tick(_logs.Select((log, p) => log.Take(_committed[p]).Select(e => e.TimeMs - _delay).DefaultIfEmpty(PartitionId.NoTime).Max()).Min(), PartitionId.NoTime), _outputs);
        _isAdvanced = true;
    }

    private void Capture()
    {
        if (_state.Capture() is { } change)
            _changes.Add(change);
        Assert.False(_state.IsDirty);
        var recovered = Recovered();
        Assert.Equal(Text(_state), Text(recovered));
        Assert.Equal((_state.Keys, _state.OpenWindows), (recovered.Keys, recovered.OpenWindows));
        var described = _state.Describe(int.MaxValue);
        // Less lateness closes windows with the first step that a changed plan takes.
        if (_isAdvanced)
            Assert.Equal(_state.Books.Specs.Sum(s => s.Active), described.Count);
        Assert.Equal(described.Take(3), _state.Describe(3));
        _applied.CopyTo(_journaled, 0);
        _journaledOutputs = _outputs.Emitted.Count;
        if (_random.Next(5) == 0)
        {
            _snapshot = _state.CaptureAll();
            _changes.Clear();
        }
        if (_style.RestartsAtCheckpoints)
            _state = Recovered();
    }

    private void Crash()
    {
        _state = Recovered();
        _isAdvanced = _style.Change is null;
        _journaled.CopyTo(_applied, 0);
        _outputs.Emitted.RemoveRange(_journaledOutputs, _outputs.Emitted.Count - _journaledOutputs);
    }

    /// <summary>The next incarnation has another plan, whether this one has written all it did or not.</summary>
    private void Change()
    {
        if (_random.Next(2) == 0)
            Capture();
        (_plan, _version) = (_style.Change!(_random, _plan), _version + 1);
        Crash();
    }

    private WindowState Recovered()
    {
        var state = new WindowState(_plan, _version);
        if (_snapshot is not null)
            state.Restore(_snapshot);
        foreach (var change in _changes)
            state.Fold(change);
        return state;
    }

    /// <summary>Everything a state holds, keys in order.</summary>
    private static string Text(WindowState state)
    {
        var (watermark, books, contents) = (WindowStateSnapshot)state.CaptureAll();
        var (pane, fired, session, lines) = (0, 0, 0, new List<string>());
        foreach (var key in contents.PanedKeys)
        {
            lines.Add($"{key} {string.Join(',', contents.Panes.Skip(pane).Take(key.Panes).Select(p => $"{p.Index}/{p.From} {Text(p.Cell)}"))} {string.Join(',', contents.Fired.Skip(fired).Take(key.Fired))}");
            (pane, fired) = (pane + key.Panes, fired + key.Fired);
        }
        foreach (var key in contents.SessionKeys)
        {
            lines.Add($"{key} {string.Join(',', contents.Sessions.Skip(session).Take(key.Sessions).Select(s => $"{s.StartMs} {s.EndMs} {s.Revision} {s.IsFired} {Text(s.Cell)} {string.Join('+', s.Absorbed)}"))}");
            session += key.Sessions;
        }
        return $"{watermark} {books with { Specs = [] }} {string.Join(',', books.Specs)}\n{string.Join('\n', lines.Order(StringComparer.Ordinal))}";
    }

    private static string Text(CellState cell)
    {
        var extras = cell.Extras;
        return $"{cell.Count} {cell.Sum.High}:{cell.Sum.Low}:{Text(cell.Sum.Wide)} {cell.Min:R} {cell.Max:R} {cell.LastMs} {extras?.Last} {Text(extras?.Squares)} "
            + $"{string.Join('+', extras?.Distinct?.Few ?? [])} {string.Join('+', extras?.Quantiles?.Buckets ?? [])} {string.Join('+', extras?.Quantiles?.Counts ?? [])}";
    }

    private static string Text(WideSumState? wide) => wide is null ? "" : $"{wide.Lowest}:{string.Join('.', wide.Limbs)}";
}
