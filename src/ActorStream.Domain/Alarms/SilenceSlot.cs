using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Alarms;

/// <summary>A series and the rules that wait for it to fall silent.</summary>
internal sealed class SilenceSlot
{
    private readonly List<AppliedOffset> _offsets = [];

    public SilenceSlot(SeriesKey series) => (Series, Text, AppendTimeMs) = (series, TextOf(series), PartitionId.NoTime);

    public SilenceSlot(SilenceState state)
        : this(state.Series)
    {
        (Last, AppendTimeMs, TimeMs, Value) = (state.Last, state.AppendTimeMs, state.TimeMs, state.Value);
        _offsets.Add(state.Last);
        _offsets.AddRange(state.Elsewhere);
        Waiting.UnionWith(state.Waiting);
        Told.UnionWith(state.Told);
    }

    public SeriesKey Series { get; }

    /// <summary>As the due table names it.</summary>
    public string Text { get; }

    /// <summary>The last sample: the one of the greatest append time, whichever partition it came from.</summary>
    public AppliedOffset Last { get; private set; }

    public long AppendTimeMs { get; private set; }

    public long TimeMs { get; private set; }

    public double Value { get; private set; }

    /// <summary>Rules that have not told that this sample was the last for so long.</summary>
    public HashSet<Guid> Waiting { get; } = [];

    /// <summary>Rules for which the series is stale.</summary>
    public HashSet<Guid> Told { get; } = [];

    public bool IsOver => Waiting.Count == 0 && Told.Count == 0;

    public bool Knows(Guid rule) => Waiting.Contains(rule) || Told.Contains(rule);

    public bool KeepOnly(Predicate<Guid> isKept) => Waiting.RemoveWhere(id => !isKept(id)) + Told.RemoveWhere(id => !isKept(id)) > 0;

    public void Take(in JudgedSample sample)
    {
        var position = new AppliedOffset(sample.Partition, sample.Offset);
        var known = IndexIn(sample.Partition);
        if (known < 0)
            _offsets.Add(position);
        else
            _offsets[known] = position;
        // From a partition that lags behind another one: it ends nothing.
        if (sample.AppendTimeMs < AppendTimeMs)
            return;
        (Last, AppendTimeMs, TimeMs, Value) = (position, sample.AppendTimeMs, sample.TimeMs, sample.Value);
        Waiting.UnionWith(Told);
        Told.Clear();
    }

    /// <summary>The series' last sample in this partition.</summary>
    public long OffsetIn(PartitionId partition)
    {
        var index = IndexIn(partition);
        return index >= 0 && _offsets[index].Partition.Incarnation == partition.Incarnation ? _offsets[index].Offset : PartitionId.None;
    }

    /// <summary>When the first waiting rule may tell, epoch milliseconds of append time; null when none waits.</summary>
    public long? NextDueMs(CompiledRule[] rules)
    {
        long? next = null;
        foreach (var rule in rules)
        {
            if (Waiting.Contains(rule.Rule.Id) && !(next <= AppendTimeMs + rule.Rule.StaleAfterMs))
                next = AppendTimeMs + rule.Rule.StaleAfterMs;
        }
        return next;
    }

    public SilenceState Capture() => new(
        Series, Last, AppendTimeMs, TimeMs, Value, _offsets.Count == 1 ? [] : [.. _offsets.Where(o => o.Partition != Last.Partition)], [.. Waiting.Order()], [.. Told.Order()]);

    private int IndexIn(PartitionId partition) => _offsets.FindIndex(o => o.Partition.Topic == partition.Topic && o.Partition.Partition == partition.Partition);

    // Different series have different texts: what separates is escaped.
    private static string TextOf(SeriesKey series)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in series.Tags)
        {
            Append(text.Append(text.Length == 0 ? "" : ","), name).Append(':');
            Append(text, value);
        }
        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, string part) =>
        text.Append(part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace(",", @"\,", StringComparison.Ordinal).Replace(":", @"\:", StringComparison.Ordinal));
}
