using ActorStream.Domain.Joins;
using ActorStream.Domain.Records;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Joins;

/// <summary>Random joins over random logs of two topics, lived through in random ways, against <see cref="SlowJoin"/>. A failure prints its seed: <c>CsCheck_Seed</c> repeats it.</summary>
public sealed class AgainstSlowJoinSpec
{
    [Fact]
    public void Any_join_of_any_logs_finally_says_every_pair_that_going_through_all_events_by_window_finds() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                Check(world, world.Run(new RunStyle(Chunk: seed & 1), seed));
            },
            iter: 300);

    [Fact]
    public void Crashes_at_any_moment_and_windows_that_leave_in_slices_neither_repeat_nor_lose_a_row() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                Check(world, world.Run(Harsh(seed), seed));
            },
            iter: 300);

    [Fact]
    public void A_restart_at_every_checkpoint_of_a_run_changes_no_row_and_no_order() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                var style = new RunStyle(OutboxMax: 1 + (seed & 0x1F), CapturePercent: 40);
                var (straight, restarted) = (world.Run(style, seed), world.Run(style with { RestartsAtCheckpoints = true }, seed));
                Assert.Equal(straight.Emitted, restarted.Emitted);
                Assert.Equal(straight.Late, restarted.Late);
            },
            iter: 300);

    [Fact]
    public void Chunks_of_1_7_and_1000_and_other_interleavings_and_commits_finally_say_the_same() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                var (one, seven, thousand) = (world.Run(new RunStyle(1), seed), world.Run(new RunStyle(7), seed + 1), world.Run(new RunStyle(1_000, CapturePercent: 90), seed + 2));
                Assert.Equal(Final(one), Final(seven));
                Assert.Equal(Final(one), Final(thousand));
                Assert.Equal(one.Late.Keys.Select(k => k.ToString()).Order(), thousand.Late.Keys.Select(k => k.ToString()).Order());
            },
            iter: 200);

    [Fact]
    public void Runs_hold_what_they_are_to_show()
    {
        var (rows, singles, retracted, slices, late) = (0, 0, 0, 0, 0);
        for (var seed = 0; seed < 200; seed++)
        {
            var run = new World(seed).Run(Harsh(seed), seed);
            rows += run.Emitted.Count;
            singles += run.Emitted.Count(e => e.Row.Right is null);
            retracted += run.Emitted.Count(e => e.Row.IsRetracted);
            slices += run.Slices;
            late += run.Late.Count;
        }

        Assert.True(rows > 5_000 && singles > 500 && retracted > 10 && slices > 300 && late > 300, $"too poor to show anything: {rows} rows, {singles} single, {retracted} retracted, {slices} slices, {late} late");
    }

    private static RunStyle Harsh(int seed) => new(Chunk: seed & 3, CrashPercent: 10, OutboxMax: 1 + ((seed >> 2) & 0xF), CapturePercent: 30);

    private static void Check(World world, JoinRun run)
    {
        var expected = new SlowWindows(world.Plan.Windows, world.Events);
        Assert.Equal(SlowJoin.Rows(world.Plan, world.Sources, world.Events, static _ => true).OrderBy(r => r.Key, StringComparer.Ordinal), Final(run));
        foreach (var id in run.Emitted.GroupBy(e => e.Row.ResultId))
        {
            Assert.Equal(Enumerable.Range(0, id.Count()), id.Select(e => e.Row.Revision));
            Assert.True(id.Count() == 1 || id.All(e => e.Row.Right is null), $"a pair was said twice: {id.Key}");
        }
        if (world.Plan.Windows.Emit == EmitMode.Final || world.Plan.Windows.Specs[0].AllowedLatenessMs == 0 || world.Plan.Type == JoinType.Inner)
            Assert.DoesNotContain(run.Emitted, e => e.Row.IsRetracted);
        var books = run.Books;
        Assert.Equal(
            (world.Events.Count, expected.OnTime, expected.LateAccepted, expected.LateRejected, 0, expected.Rejections, expected.Windows.Count),
            (books.In, books.OnTime, books.LateAccepted, books.LateRejected, books.Refused, books.Specs[0].Rejections, books.Specs[0].Created));
        Assert.Equal((expected.Rejections, expected.LateRejected), (run.Late.Values.Sum(l => l.Windows), run.Late.Values.Count(l => l.IsRejected)));
        Assert.All(run.Late.Values, l => Assert.Equal(LateReason.Late, l.Reason));
    }

    private static IEnumerable<KeyValuePair<string, string>> Final(JoinRun run) => run.Emitted
        .GroupBy(e => e.Row.ResultId).Select(g => g.Last().Row).Where(r => !r.IsRetracted)
        .Select(r => KeyValuePair.Create(r.ResultId, SlowJoin.Text(r))).OrderBy(r => r.Key, StringComparer.Ordinal);

    /// <summary>A plan, and logs of several partitions of two topics with disorder and some really late events.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly long _delay;
        private readonly IReadOnlyList<Logged>[] _logs;

        public World(int seed)
        {
            _random = new Random(seed);
            var (size, lateness) = (_random.Next(1, 30), _random.Next(3) == 0 ? 0 : _random.Next(1, 80));
            var spec = _random.Next(2) == 0 ? WindowSpec.Tumbling(size, lateness) : WindowSpec.Sliding(size, _random.Next(1 + (size / 6), size + 1), lateness);
            Plan = new JoinPlan(
                new WindowPlan("p", [spec], "results") { Emit = _random.Next(4) == 0 ? EmitMode.Final : EmitMode.Update }, _random.Next(3) == 0 ? JoinType.Inner : JoinType.Left, "payments");
            _delay = _random.Next(3) * 5;
            var left = _random.Next(1, 3);
            Sources = [.. Enumerable.Range(0, left + _random.Next(1, 3)).Select(i => new PartitionId("join", i < left ? "orders" : "payments", 1, i < left ? i : i - left))];
            _logs = [.. Sources.Select((_, i) => Log(i))];
        }

        public JoinPlan Plan { get; }

        public IReadOnlyList<PartitionId> Sources { get; }

        public IReadOnlyList<Logged> Events => [.. _logs.SelectMany(l => l)];

        public JoinRun Run(RunStyle style, int seed) => new JoinRun(Plan, Sources, _logs, _delay, style, seed).ToTheEnd();

        private Logged[] Log(int source)
        {
            var (time, greatest, events) = (_random.Next(-30, 30), (long)PartitionId.NoTime, new Logged[_random.Next(1, 40)]);
            var (keys, lateEach) = (_random.Next(1, 9), _random.Next(2) == 0 ? 10 : 2);
            for (var i = 0; i < events.Length; i++)
            {
                time += _random.Next(0, 6);
                var at = time - (_random.Next(3) == 0 ? _random.Next(0, 12) : 0) - (_random.Next(lateEach) == 0 ? _random.Next(0, 70) : 0);
                events[i] = new Logged(source, i, $"k{_random.Next(keys)}", at, _random.Next(-8, 30) / 4.0, greatest == PartitionId.NoTime ? greatest : greatest - _delay);
                greatest = Math.Max(greatest, at);
            }
            return events;
        }
    }
}
