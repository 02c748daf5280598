using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>Random plans over random logs, lived through in random ways, against <see cref="SlowWindows"/>. A failure prints its seed: <c>CsCheck_Seed</c> repeats it.</summary>
public sealed class AgainstSlowWindowsSpec
{
    private const AggregateKind All = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles;

    [Fact]
    public void Any_windows_over_any_logs_finally_say_what_going_through_all_events_by_window_says() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                Check(world, world.Run(new RunStyle(), seed));
            },
            iter: 600);

    [Fact]
    public void Crashes_at_any_moment_and_a_full_outbox_change_nothing_of_that() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                Check(world, world.Run(new RunStyle(CrashPercent: 15, OutboxMax: 1 + ((seed & 0xF))), seed));
            },
            iter: 600);

    [Fact]
    public void A_restart_at_every_checkpoint_of_a_run_changes_no_output_and_no_order() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed, isAnyValue: true);
                var style = new RunStyle(OutboxMax: 1 + (seed & 0x1F), CapturePercent: 40);
                var (straight, restarted) = (world.Run(style, seed), world.Run(style with { RestartsAtCheckpoints = true }, seed));
                Assert.Equal(straight.Emitted.Select(e => (Text(e.Result), e.Cause)), restarted.Emitted.Select(e => (Text(e.Result), e.Cause)));
                Assert.Equal(straight.Late, restarted.Late);
            },
            iter: 300);

    [Fact]
    public void Chunks_of_1_7_and_1000_and_other_interleavings_and_commits_say_the_same_bit_for_bit() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed, isAnyValue: true);
                var (one, seven, thousand) = (world.Run(new RunStyle(1), seed), world.Run(new RunStyle(7), seed + 1), world.Run(new RunStyle(1_000, CapturePercent: 90), seed + 2));
                Assert.Equal(Final(one), Final(seven));
                Assert.Equal(Final(one), Final(thousand));
                Assert.Equal(one.Late.Keys.Order(), seven.Late.Keys.Order());
                Assert.Equal(one.Late.Keys.Order(), thousand.Late.Keys.Order());
            },
            iter: 300);

    [Fact]
    public void Any_order_of_on_time_events_gives_the_same_windows_bit_for_bit() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed, isAnyValue: true, partitions: 1);
                // Nothing is late: no watermark before any event.
                Logged[] events = [.. world.Events.Select(e => e with { WatermarkBefore = PartitionId.NoTime, Partition = 0 })];
                Logged[] shuffled = [.. events];
                new Random(seed).Shuffle(shuffled);
                var (a, b) = (Fed(world, events), Fed(world, shuffled));
                Assert.Equal(a, b);
            },
            iter: 300);

    private static List<string> Fed(World world, IReadOnlyList<Logged> events)
    {
        // The offset orders values of equal time, so it follows the event and not its place: these aggregates are compared elsewhere.
        var windows = new WindowHarness(world.Plan with { Aggregates = All & ~AggregateKind.Last });
        windows.Apply([.. events.Select(e => new Event(e.Key, e.TimeMs, e.Value))]);
        windows.Tick(long.MaxValue);
        return [.. windows.Outputs.Emitted.Select(e => Text(e.Result))];
    }

    private static void Check(World world, WindowRun run)
    {
        var expected = new SlowWindows(world.Plan, world.Events);
        var last = Last(run);
        Assert.Equal(expected.Windows.Keys.Order(), last.Values.Select(r => (r.Spec, r.Key, r.StartMs, r.EndMs)).Order());
        foreach (var result in last.Values)
            CheckData(world.Plan, result.Data, expected.Windows[(result.Spec, result.Key, result.StartMs, result.EndMs)]);
        CheckRevisions(world.Plan, run);
        var books = run.Books;
        Assert.Equal(
            (world.Events.Count, expected.OnTime, expected.LateAccepted, expected.LateRejected, 0, expected.Rejections),
            (books.In, books.OnTime, books.LateAccepted, books.LateRejected, books.Refused, books.Specs.Sum(s => s.Rejections)));
        Assert.Equal((expected.Rejections, expected.LateRejected), (run.Late.Values.Sum(l => l.Windows), run.Late.Values.Where(l => l.IsRejected).DistinctBy(l => (l.Partition, l.Offset)).Count()));
        Assert.All(run.Late.Values, l => Assert.Equal(LateReason.Late, l.Reason));
    }

    private static void CheckData(WindowPlan plan, WindowData data, List<Logged> events)
    {
        double[] values = [.. events.Select(e => e.Value).Order()];
        Assert.Equal((values.Length, values.Sum(), values[0], values[^1], events.Max(e => e.TimeMs)), (data.Count, data.Sum, data.Min, data.Max, data.LastUpdatedMs));
        Assert.Equal(values.Sum() / values.Length, data.Avg);
        if (plan.Aggregates == AggregateKind.Basic)
            return;
        Assert.Equal(events.OrderBy(e => (e.TimeMs, e.Partition, e.Offset)).Last().Value, data.Last);
        Assert.Equal(values.Distinct().Count(), data.Distinct);
        Assert.Equal(Math.Sqrt(values.Sum(v => (v - values.Average()) * (v - values.Average())) / values.Length), data.StdDev!.Value, 1e-9);
        Assert.All(plan.Quantiles.Zip(data.Quantiles!), q =>
        {
            var exact = values[(int)Math.Floor(q.First * (values.Length - 1))];
            Assert.InRange(q.Second, exact - (0.01 * Math.Abs(exact)), exact + (0.01 * Math.Abs(exact)));
        });
    }

    private static void CheckRevisions(WindowPlan plan, WindowRun run)
    {
        foreach (var id in run.Emitted.GroupBy(e => e.Result.ResultId))
        {
            Assert.Equal(Enumerable.Range(0, id.Count()), id.Select(e => e.Result.Revision));
            Assert.All(id.SkipLast(1), e => Assert.False(e.Result.IsRetracted));
            var spec = plan.Specs[id.First().Result.Spec];
            if (plan.Emit == EmitMode.Final || (spec.Type != WindowType.Session && spec.AllowedLatenessMs == 0))
                Assert.Single(id);
        }
        // A retraction names an id that has been emitted, right behind it.
        for (var i = 0; i < run.Emitted.Count; i++)
        {
            if (run.Emitted[i].Result.MergedInto is { } id)
                Assert.Equal(id, run.Emitted.Skip(i).First(e => !e.Result.IsRetracted).Result.WindowId);
        }
    }

    private static Dictionary<string, WindowResult> Last(WindowRun run) =>
        run.Emitted.GroupBy(e => e.Result.ResultId).Select(g => g.Last().Result).Where(r => !r.IsRetracted).ToDictionary(r => r.ResultId);

    private static List<string> Final(WindowRun run) => [.. Last(run).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => Text(r.Value with { Revision = 0 }))];

    private static string Text(WindowResult r) =>
        $"{r.ResultId} {r.EndMs} r{r.Revision} {r.Data with { Quantiles = null }} {string.Join(' ', r.Data.Quantiles ?? [])}";

    /// <summary>A plan, and logs of several partitions with disorder and some really late events.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly long _delay;

        public World(int seed, bool isAnyValue = false, int partitions = 0)
        {
            _random = new Random(seed);
            WindowSpec[] specs = [.. Enumerable.Range(0, _random.Next(3) == 0 ? 2 : 1).Select(_ => Spec())];
            Plan = new WindowPlan("p", specs.Length == 2 && specs[0].Type == specs[1].Type ? specs[..1] : specs, "results")
            {
                Emit = _random.Next(3) == 0 ? EmitMode.Final : EmitMode.Update,
                Aggregates = isAnyValue || _random.Next(3) == 0 ? All : AggregateKind.Basic,
            };
            _delay = _random.Next(3) * 5;
            Logs = [.. Enumerable.Range(0, partitions > 0 ? partitions : _random.Next(1, 4)).Select(p => Log(p, isAnyValue))];
        }

        public WindowPlan Plan { get; }

        public IReadOnlyList<Logged>[] Logs { get; }

        public IReadOnlyList<Logged> Events => [.. Logs.SelectMany(l => l)];

        public WindowRun Run(RunStyle style, int seed) => new WindowRun(Plan, Logs, _delay, style, seed).ToTheEnd();

        private WindowSpec Spec()
        {
            var lateness = _random.Next(2) * _random.Next(1, 30);
            var size = _random.Next(1, 30);
            return _random.Next(4) switch
            {
                0 => WindowSpec.Tumbling(size, lateness),
                1 => WindowSpec.Session(_random.Next(1, 12), lateness),
                _ => WindowSpec.Sliding(size, _random.Next(1, size + 1), lateness),
            };
        }

        private Logged[] Log(int partition, bool isAnyValue)
        {
            var (time, greatest, events) = (_random.Next(-60, 60), (long)PartitionId.NoTime, new Logged[_random.Next(1, 40)]);
            for (var i = 0; i < events.Length; i++)
            {
                time += _random.Next(0, 6);
                var at = time - (_random.Next(3) == 0 ? _random.Next(0, 12) : 0) - (_random.Next(12) == 0 ? _random.Next(0, 70) : 0);
                var value = isAnyValue ? Math.ScaleB(_random.NextDouble() - 0.5, _random.Next(-80, 80)) : _random.Next(-8, 30) / 4.0;
                events[i] = new Logged(partition, i, $"k{_random.Next(3)}", at, value, greatest == PartitionId.NoTime ? greatest : greatest - _delay);
                greatest = Math.Max(greatest, at);
            }
            return events;
        }
    }
}
