using System.Diagnostics;
using System.Globalization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Benchmarks;

/// <summary>The evaluator alone, one thread: samples in memory through <see cref="AlarmState"/>, no topic, no journal.</summary>
internal static class RuleEvaluation
{
    private const int BatchSamples = 256;
    private static readonly PartitionId Partition = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    public static IReadOnlyList<Row> Run(int seconds)
    {
        var many = Measure(seconds, metrics: 1_000, i => Plain(i % 1_000, threshold: 1_000_000 + i), rules: 10_000);
        var one = Measure(seconds, metrics: 1, i => Plain(0, threshold: 1_000_000 + i), rules: 10_000);
        var judged = Measure(seconds, metrics: 1_000, i => Plain(i % 1_000, threshold: 80 * (i / 1_000)) with { Trigger = RuleTrigger.Crossing, CooldownMs = 60_000 }, rules: 10_000);
        return
        [
            new Row("rules judged one by one, 1,000 metrics × 10 rules with crossing and cooldown", $"{judged.Samples * 10:N0} rules/s", $"{judged.Samples:N0} samples/s that sweep over all ten thresholds, every rule followed for every sample, {judged.Bytes:0.0} bytes allocated per sample; the evaluator alone"),
            new Row("plain rules decided, 1,000 metrics × 10 rules", $"{many.Samples * 10:N0} rules/s", $"{many.Samples:N0} samples/s, one alarm in 1,000 samples: what lies below every threshold is told by one comparison, however many rules; {many.Bytes:0.0} bytes allocated per sample; the evaluator alone"),
            new Row("plain rules decided, 10,000 rules on one metric", $"{one.Samples * 10_000:N0} rules/s", $"{one.Samples:N0} samples/s, one sample in 1,000 above the lowest threshold, {one.Bytes:0.0} bytes allocated per sample; the evaluator alone"),
            .. Windows(seconds),
        ];
    }

    private static IEnumerable<Row> Windows(int seconds)
    {
        var costs = new[] { 60_000L, 3_600_000L }.Select(windowMs => (WindowMs: windowMs, Cost: Window(seconds, windowMs))).ToArray();
        foreach (var (windowMs, (nanoseconds, bytes, samples)) in costs)
        {
            yield return new Row(
                $"window_average over {windowMs / 60_000} min at 10 samples/s", $"{nanoseconds:0} ns a sample",
                $"window full ({samples:N0} samples), {bytes / 1024:N0} KiB of memory per series, cost ratio to 1 min {nanoseconds / costs[0].Cost.Nanoseconds:0.00}; the evaluator alone");
        }
    }

    private static (double Samples, double Bytes) Measure(int seconds, int metrics, Func<int, Rule> rule, int rules)
    {
        var view = new FixedRules(Enumerable.Range(0, rules).Select(rule));
        var states = Enumerable.Range(0, metrics).Select(m => new AlarmState(Workload.Metric(m), view)).ToArray();
        var outputs = new Count();
        var batches = Enumerable.Range(0, 16).Select(n => Batch(n * (long)BatchSamples, stepMs: 100, i => i % 1_000 == 0 ? 1_000_000.5 : i % 900)).ToArray();
        foreach (var state in states)
            Feed(state, batches[0], outputs);
        long done = 0;
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            for (var k = 0; k < 64; k++, done += BatchSamples)
                Feed(states[(int)(done / BatchSamples % metrics)], batches[(int)(done / BatchSamples % batches.Length)], outputs);
        }
        var took = Stopwatch.GetElapsedTime(started);
        if (outputs.Alarms == 0)
            throw new InvalidOperationException("No rule was ever broken: nothing was measured.");
        return (done / took.TotalSeconds, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)done);
    }

    private static (double Nanoseconds, double Bytes, long Samples) Window(int seconds, long windowMs)
    {
        const int series = 10;
        var view = new FixedRules([Plain(0, 1_000_000) with { WindowMs = windowMs }]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var states = Enumerable.Range(0, series).Select(_ => new AlarmState(Workload.Metric(0), view)).ToArray();
        var outputs = new Count();
        var samples = windowMs / 100;
        long offset = 0;
        void Step()
        {
            var batch = Batch(offset, stepMs: 100, i => i % 900);
            foreach (var state in states)
                Feed(state, batch, outputs);
            offset += BatchSamples;
        }
        while (offset < samples + BatchSamples)
            Step();
        // A checkpoint each second is what a node does; without it the changes would pile up.
        foreach (var state in states)
            state.Capture();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)series;
        var (from, started) = (offset, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            Step();
            foreach (var state in states)
                state.Capture();
        }
        var took = Stopwatch.GetElapsedTime(started);
        GC.KeepAlive(states);
        return (took.TotalNanoseconds / ((offset - from) * series), bytes, samples);
    }

    private static void Feed(AlarmState state, SampleBatch batch, Count outputs)
    {
        var index = 0;
        state.Apply(Partition, batch, ref index, outputs);
    }

    private static SampleBatch Batch(long firstOffset, long stepMs, Func<long, double> value)
    {
        var offsets = Enumerable.Range(0, BatchSamples).Select(i => firstOffset + i).ToArray();
        var times = offsets.Select(o => 1_000_000 + (o * stepMs)).ToArray();
        return new SampleBatch(
            new SampleColumns { Offsets = offsets, AppendTimes = times, WatermarksBefore = times, Times = times, Values = [.. offsets.Select(value)], SeriesKeys = [SeriesKey.Empty] },
            0, BatchSamples);
    }

    private static Rule Plain(int metric, double threshold) => new(
        Guid.NewGuid(), Workload.Metric(metric), threshold, threshold.ToString(CultureInfo.InvariantCulture), ComparisonOperator.Greater, "https://discord.com/api/webhooks/1/bench");

    private sealed class FixedRules(IEnumerable<Rule> rules) : IRulesView
    {
        public RuleBook Current { get; } = RuleBook.Empty.With(rules.Select((r, i) => new RuleChange(r.Id, r, i, 0)));

        public Task Complete => Task.CompletedTask;

        public Task Reached(long position) => Task.CompletedTask;
    }

    private sealed class Count : IOutputs
    {
        public long Alarms { get; private set; }

        public bool Full => false;

        public bool IsEmpty => Alarms == 0;

        public void Emit(string topic, string key, IOutput output, long causeOffset) => Alarms++;
    }
}
