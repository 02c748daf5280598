using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Alarms;

internal sealed class RulesInHand : IRulesView
{
    public RuleBook Current { get; private set; } = RuleBook.Empty;

    public Task Complete => Task.CompletedTask;

    public Task Reached(long position) => Task.CompletedTask;

    public RulesInHand Put(Rule rule, long madeAtMs = 0)
    {
        Current = Current.With([new RuleChange(rule.Id, rule, Current.Position + 1, madeAtMs)]);
        return this;
    }

    public void Delete(Guid id) => Current = Current.With([new RuleChange(id, null, Current.Position + 1, 0)]);
}

internal sealed class OutputsInHand : IOutputs
{
    public List<(string Topic, string Key, AlarmRecord Alarm, long Cause)> Emitted { get; } = [];

    public int Max { get; init; } = int.MaxValue;

    public bool IsEmpty { get; set; } = true;

    public bool Full => Emitted.Count >= Max;

    public void Emit(string topic, string key, IOutput output, long causeOffset) => Emitted.Add((topic, key, (AlarmRecord)output, causeOffset));
}

internal static class AlarmWorld
{
    public const string Url = "https://discord.com/api/webhooks/42/secret-token";

    public static Rule Rule(int number, ComparisonOperator comparison, double threshold, string metric = "cpu", string webhook = Url) =>
        new(new Guid(number, 0, 0, new byte[8]), metric, threshold, threshold.ToString("R", System.Globalization.CultureInfo.InvariantCulture), comparison, webhook);

    /// <summary>Offset = time = append time = <paramref name="first"/> and on.</summary>
    public static SampleBatch Samples(long first, params double[] values)
    {
        var times = Enumerable.Range(0, values.Length).Select(i => first + i).ToArray();
        return new SampleBatch(
            new SampleColumns { Offsets = times, AppendTimes = times, WatermarksBefore = times, Times = times, Values = values, SeriesKeys = [SeriesKey.Empty] }, 0, values.Length);
    }
}

/// <summary>One sample of a series: at a time of its own, appended in the order given.</summary>
/// <param name="Host">Value of the tag <c>h</c>; null: no tags.</param>
internal sealed record Sent(double Value, long TimeMs, string? Host = null)
{
    private static readonly Dictionary<string, SeriesKey> Interned = [];

    public SeriesKey Series
    {
        get
        {
            if (Host is null)
                return SeriesKey.Empty;
            lock (Interned)
                return Interned.TryGetValue(Host, out var key) ? key : Interned[Host] = new SeriesKey([new("h", Host)]);
        }
    }

    /// <summary>Offset = append time = <paramref name="first"/> and on.</summary>
    public static SampleBatch Batch(long first, IReadOnlyList<Sent> samples)
    {
        var offsets = Enumerable.Range(0, samples.Count).Select(i => first + i).ToArray();
        var keys = samples.Select(s => s.Series).Distinct().ToArray();
        var columns = new SampleColumns
        {
            Offsets = offsets,
            AppendTimes = offsets,
            WatermarksBefore = offsets,
            Times = [.. samples.Select(s => s.TimeMs)],
            Values = [.. samples.Select(s => s.Value)],
            Series = [.. samples.Select(s => Array.IndexOf(keys, s.Series))],
            SeriesKeys = keys,
        };
        return new SampleBatch(columns, 0, samples.Count);
    }
}
