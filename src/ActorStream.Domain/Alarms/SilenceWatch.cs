using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Alarms;

/// <summary>Which series of a metric fell silent, for all its rules with <c>stale_after</c>.</summary>
/// <remarks>
/// protocol.md rule 27, B9 and B11. Time is that of the log: append times of samples, and the head times of ticks, which are sent only when everything before them was applied.
/// A silence is decided by whichever comes first: the next sample, or a tick for a due row. It is told once per rule and last sample.
/// Several partitions may feed a metric: then each of them must have come as far as the silence lasts.
/// <para>Silence touches no other state of a rule: it resolves nothing, ends no run and re-arms no crossing.</para>
/// </remarks>
internal sealed class SilenceWatch(string metric, FeedingPartitions feeding)
{
    /// <summary>How long after an undecided look the row is looked at again.</summary>
    private const long AskAgainMs = 5_000;

    private readonly Dictionary<SeriesKey, SilenceSlot> _series = [];
    private readonly Dictionary<string, SilenceSlot> _byText = [];
    private readonly HashSet<SeriesKey> _dirty = [];
    private readonly HashSet<SilenceSlot> _armed = [];
    private readonly Dictionary<(string Topic, int Partition), Feed> _feeds = [];
    private readonly DueChanges _due = new();
    private CompiledRule[] _rules = [];

    /// <summary>Some rule wants to see every sample.</summary>
    public bool IsWatching => _rules.Length > 0;

    /// <summary>Series watched, stale ones included.</summary>
    public int Count => _series.Count;

    public bool IsDirty => _dirty.Count > 0;

    /// <summary>A silence is still to be decided.</summary>
    public bool HasPending => _series.Values.Any(static s => s.Waiting.Count > 0);

    public DueChanges Due => _due;

    /// <param name="isChanged">The rules are others than those the state was made by: due times may be others too.</param>
    public void Adopt(CompiledRules rules, bool isChanged)
    {
        _rules = Array.FindAll(rules.Rules, static r => r.Rule.StaleAfterMs is not null);
        foreach (var slot in _series.Values.ToArray())
        {
            // A rule that is gone, disabled, of other tags or without stale_after lets go of its series; their rows go when they come up.
            if (slot.KeepOnly(id => Array.Exists(_rules, r => r.Rule.Id == id && Matches(r, slot.Series))))
                _dirty.Add(slot.Series);
            if (slot.IsOver)
                Forget(slot);
            else if (isChanged && slot.Waiting.Count > 0)
                _armed.Add(slot);
        }
    }

    /// <summary>Before the sample is judged. Answers why its series cannot be watched, or null.</summary>
    public string? Take(in JudgedSample sample, IOutputs outputs)
    {
        Reach(sample.Partition, sample.AppendTimeMs);
        _series.TryGetValue(sample.Series, out var slot);
        string? refusal = null;
        foreach (var rule in _rules)
        {
            if (!Matches(rule, sample.Series))
                continue;
            if (slot is not null && slot.Knows(rule.Rule.Id))
                Decide(rule, slot, outputs, sample.AppendTimeMs, sample.Offset);
            else if (sample.AppendTimeMs >= rule.MadeAtMs)
                refusal ??= Begin(rule, sample, ref slot);
        }
        if (slot is null)
            return refusal;
        slot.Take(sample);
        _dirty.Add(slot.Series);
        _armed.Add(slot);
        return refusal;
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
        if (tick.HeadTime == PartitionId.NoTime)
            return;
        Reach(partition, tick.HeadTime);
        foreach (var row in tick.Due)
        {
            if (outputs.Full)
                return;
            Look(partition, row, outputs);
        }
    }

    public IReadOnlyList<SilenceState> Capture()
    {
        foreach (var slot in _armed)
        {
            if (_series.ContainsKey(slot.Series))
                Arm(slot);
        }
        _armed.Clear();
        _due.Captured();
        var states = Sorted(_dirty.Select(s => _series.TryGetValue(s, out var slot) ? slot.Capture() : SilenceState.Over(s)));
        _dirty.Clear();
        return states;
    }

    public IReadOnlyList<SilenceState> CaptureAll() => Sorted(_series.Values.Select(static s => s.Capture()));

    public void Fold(IReadOnlyList<SilenceState> states)
    {
        foreach (var state in states)
        {
            if (_series.TryGetValue(state.Series, out var known))
                Forget(known);
            if (state.IsOver)
                continue;
            var slot = new SilenceSlot(state);
            _series.Add(slot.Series, slot);
            _byText.Add(slot.Text, slot);
        }
    }

    public void Clear()
    {
        _series.Clear();
        _byText.Clear();
    }

    /// <summary>When the series fell silent for this rule: append time of its last sample, epoch milliseconds; null while it is not stale.</summary>
    public long? StaleSinceMs(Guid rule, SeriesKey series) => _series.TryGetValue(series, out var slot) && slot.Told.Contains(rule) ? slot.AppendTimeMs : null;

    /// <summary>Series that are stale for this rule.</summary>
    public IEnumerable<SeriesKey> StaleFor(Guid rule) => _series.Values.Where(s => s.Told.Contains(rule)).Select(static s => s.Series);

    private static bool Matches(CompiledRule rule, SeriesKey series) => rule.Tags is null || rule.Tags.Matches(series);

    private static SilenceState[] Sorted(IEnumerable<SilenceState> states)
    {
        var sorted = states.ToArray();
        if (sorted.Length > 1)
            Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Series.ToString(), b.Series.ToString()));
        return sorted;
    }

    private string? Begin(CompiledRule rule, in JudgedSample sample, ref SilenceSlot? slot)
    {
        if (slot is null)
        {
            if (_series.Count >= AlarmTotals.SeriesMax)
                ForgetTold();
            if (_series.Count >= AlarmTotals.SeriesMax)
                return $"stale_after watches {AlarmTotals.SeriesMax} series of {metric} already; narrow the tags of rule {rule.Rule.Id}.";
            slot = new SilenceSlot(sample.Series);
            _series.Add(slot.Series, slot);
            _byText.Add(slot.Text, slot);
        }
        slot.Waiting.Add(rule.Rule.Id);
        return null;
    }

    /// <summary>A row of the due table has come.</summary>
    private void Look(PartitionId partition, DueSeries row, IOutputs outputs)
    {
        if (!_byText.TryGetValue(row.Series, out var slot))
        {
            _due.Disarm(new DueChange(partition, row.Series, row.LastOffset, 0));
            return;
        }
        // Who armed it knew more than this incarnation: the event that follows will not be written.
        if (row.LastOffset > slot.OffsetIn(partition))
            return;
        var told = slot.Told.Count;
        foreach (var rule in _rules)
            Decide(rule, slot, outputs, long.MinValue, PartitionId.None);
        // What was told keeps the row until its topic has taken it; a later tick sees to it.
        if (slot.Told.Count > told || !outputs.IsEmpty)
            return;
        if (slot.NextDueMs(_rules) is { } dueMs)
            Wait(partition, slot, dueMs);
        else
            _due.Disarm(new DueChange(partition, row.Series, row.LastOffset, 0));
    }

    /// <summary>Nothing to decide yet: the row is too early, or another partition has not come so far.</summary>
    private void Wait(PartitionId partition, SilenceSlot slot, long dueMs)
    {
        var reached = ReachedBy(partition);
        _due.Arm(new DueChange(partition, slot.Text, slot.OffsetIn(partition), dueMs > reached ? dueMs : reached + AskAgainMs));
        if (dueMs > reached)
            return;
        foreach (var other in feeding.All)
        {
            if (!IsSame(other, partition) && ReachedBy(other) < dueMs)
                _due.Arm(new DueChange(Newest(other), slot.Text, slot.OffsetIn(other), dueMs));
        }
    }

    private void Arm(SilenceSlot slot)
    {
        if (slot.NextDueMs(_rules) is not { } dueMs)
            return;
        foreach (var partition in feeding.All)
            _due.Arm(new DueChange(Newest(partition), slot.Text, slot.OffsetIn(partition), dueMs));
    }

    /// <param name="sampleMs">Append time of the sample that ends the silence; it speaks for its own partition.</param>
    private void Decide(CompiledRule rule, SilenceSlot slot, IOutputs outputs, long sampleMs, long causeOffset)
    {
        if (!slot.Waiting.Contains(rule.Rule.Id))
            return;
        var dueMs = slot.AppendTimeMs + rule.Rule.StaleAfterMs!.Value;
        if (sampleMs != long.MinValue && sampleMs < dueMs)
            return;
        foreach (var partition in feeding.All)
        {
            if (ReachedBy(partition) < dueMs)
                return;
        }
        slot.Waiting.Remove(rule.Rule.Id);
        slot.Told.Add(rule.Rule.Id);
        _dirty.Add(slot.Series);
        if (rule.Rule.RaisesStale)
            outputs.Emit(TopicNames.Alarms, rule.NoticeKey, AlarmOf(rule, slot), causeOffset);
    }

    private AlarmRecord AlarmOf(CompiledRule rule, SilenceSlot slot) => new(
        AlarmId.OfSilence(rule.Rule.Id, slot.Last.Partition, slot.Last.Offset), rule.Rule.Id, rule.Version.Position, metric, slot.Series, slot.Last,
        slot.Value, rule.Operator, rule.Rule.ThresholdText, slot.TimeMs, slot.AppendTimeMs, rule.Rule.WebhookUrl)
    {
        Kind = AlarmKind.Stale,
        Receiver = rule.Rule.Receiver,
    };

    private void ForgetTold()
    {
        foreach (var slot in _series.Values.Where(static s => s.Waiting.Count == 0).ToArray())
        {
            Forget(slot);
            _dirty.Add(slot.Series);
        }
    }

    private void Forget(SilenceSlot slot)
    {
        _series.Remove(slot.Series);
        _byText.Remove(slot.Text);
    }

    private void Reach(PartitionId partition, long timeMs)
    {
        if (!_feeds.TryGetValue((partition.Topic, partition.Partition), out var feed))
            _feeds.Add((partition.Topic, partition.Partition), feed = new Feed());
        feed.Newest = partition;
        feed.ReachedMs = Math.Max(feed.ReachedMs, timeMs);
    }

    private long ReachedBy(PartitionId partition) => _feeds.TryGetValue((partition.Topic, partition.Partition), out var feed) ? feed.ReachedMs : PartitionId.NoTime;

    // A topic that was made anew has other offsets under a higher incarnation; its reader sees only rows of that.
    private PartitionId Newest(PartitionId partition) => _feeds.TryGetValue((partition.Topic, partition.Partition), out var feed) ? feed.Newest! : partition;

    private static bool IsSame(PartitionId a, PartitionId b) => a.Topic == b.Topic && a.Partition == b.Partition;

    /// <summary>Not journaled: a recovered entity knows nothing and is told again.</summary>
    private sealed class Feed
    {
        public PartitionId? Newest;

        /// <summary>Every record of the partition appended before this time was applied, epoch milliseconds.</summary>
        public long ReachedMs = PartitionId.NoTime;
    }
}
