using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

/// <summary>Random runs whose plan is changed at random points, against the same logs under the first plan. A failure prints its seed: <c>CsCheck_Seed</c> repeats it.</summary>
public sealed class ChangedPlansSpec
{
    [Fact]
    public void Windows_that_no_change_touches_finally_say_what_they_say_when_nothing_is_changed() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                var (plain, changed) = (world.Run(seed, isChanged: false), world.Run(seed + 1, isChanged: true));
                Assert.Equal(Final(plain, world.Untouched), Final(changed, world.Untouched));
            },
            iter: 250);

    [Fact]
    public void No_result_is_said_twice_and_none_is_left_out_whatever_is_added_removed_reordered_or_given_other_lateness() =>
        Gen.Int.Sample(
            seed =>
            {
                var run = new World(seed).Run(seed, isChanged: true);
                Assert.All(run.Emitted.GroupBy(e => e.Result.ResultId), id =>
                {
                    Assert.Equal(Enumerable.Range(0, id.Count()), id.Select(e => e.Result.Revision));
                    Assert.All(id.SkipLast(1), e => Assert.False(e.Result.IsRetracted));
                });
            },
            iter: 250);

    [Fact]
    public void Books_balance_under_every_plan() =>
        Gen.Int.Sample(
            seed =>
            {
                var world = new World(seed);
                // Each step of a run asserts that its books balance, each capture that created = expired + merged + held.
                var books = world.Run(seed, isChanged: true).Books;
                Assert.Equal((world.Events, true), (books.In, books.IsBalanced));
            },
            iter: 200);

    private static List<string> Final(WindowRun run, IReadOnlySet<string> names) =>
        [.. run.Emitted.Where(e => names.Contains(e.Result.WindowName)).GroupBy(e => e.Result.ResultId).Select(g => g.Last().Result).Where(r => !r.IsRetracted)
            .Select(r => $"{r.ResultId} {r.EndMs} {r.Data}").Order(StringComparer.Ordinal)];

    /// <summary>Windows to choose from, and logs with disorder and some really late events.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly long _delay;
        private readonly WindowSpec[] _pool;
        private readonly WindowPlan _plan;
        private readonly IReadOnlyList<Logged>[] _logs;
        private readonly Dictionary<string, string> _nameOf = [];
        private readonly HashSet<WindowSpec> _untouched;

        public World(int seed)
        {
            _random = new Random(seed);
            var size = _random.Next(2, 15);
            _pool =
            [
                WindowSpec.Tumbling(size, Lateness()), WindowSpec.Tumbling(2 * size, Lateness()), WindowSpec.Sliding(size, _random.Next(1, size + 1), Lateness()),
                WindowSpec.Sliding(3 * size, size, Lateness()), WindowSpec.Session(_random.Next(1, 6), Lateness()), WindowSpec.Session(_random.Next(6, 12), Lateness()),
            ];
            _plan = new WindowPlan("p", [.. _pool.Where(_ => _random.Next(3) > 0).DefaultIfEmpty(_pool[0])], "results") { Emit = _random.Next(3) == 0 ? EmitMode.Final : EmitMode.Update };
            Remember(_plan);
            _untouched = [.. _plan.Specs];
            _delay = _random.Next(3) * 5;
            _logs = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(Log)];
        }

        public long Events => _logs.Sum(l => l.Count);

        /// <summary>Names of the windows that every plan had, with their lateness.</summary>
        public IReadOnlySet<string> Untouched => _untouched.Select(s => _nameOf[WindowPlan.FullName(s)]).ToHashSet();

        public WindowRun Run(int seed, bool isChanged)
        {
            var style = new RunStyle(CrashPercent: 10, OutboxMax: 1 + (seed & 0x1F), Change: isChanged ? Next : null);
            return new WindowRun(_plan, _logs, _delay, style, seed).ToTheEnd();
        }

        /// <summary>A name never goes from one window to another: such a change is refused before it gets here.</summary>
        private WindowPlan Next(Random random, WindowPlan plan)
        {
            for (var tries = 0; tries < 20; tries++)
            {
                var next = plan with { Specs = Changed(random, plan.Specs) };
                if (next.Faults().Count > 0 || next.Specs.Select((s, i) => (Full: WindowPlan.FullName(s), Name: next.NameOf(i))).Any(s => !Fits(s.Full, s.Name)))
                    continue;
                Remember(next);
                _untouched.IntersectWith(next.Specs);
                return next;
            }
            return plan;
        }

        private WindowSpec[] Changed(Random random, IReadOnlyList<WindowSpec> specs)
        {
            WindowSpec[] changed = [.. specs];
            var at = random.Next(changed.Length);
            switch (random.Next(4))
            {
                case 0:
                    return [.. changed[..at], _pool[random.Next(_pool.Length)] with { AllowedLatenessMs = Lateness() }, .. changed[at..]];
                case 1:
                    return [.. changed[..at], .. changed[(at + 1)..]];
                case 2:
                    random.Shuffle(changed);
                    return changed;
                default:
                    changed[at] = changed[at] with { AllowedLatenessMs = Lateness() };
                    return changed;
            }
        }

        private bool Fits(string full, string name) => _nameOf.All(n => n.Key == full ? n.Value == name : n.Value != name);

        private void Remember(WindowPlan plan)
        {
            for (var i = 0; i < plan.Specs.Count; i++)
                _nameOf[WindowPlan.FullName(plan.Specs[i])] = plan.NameOf(i);
        }

        private long Lateness() => _random.Next(3) * _random.Next(1, 30);

        private Logged[] Log(int partition)
        {
            var (time, greatest, events) = (_random.Next(-60, 60), (long)PartitionId.NoTime, new Logged[_random.Next(15, 50)]);
            for (var i = 0; i < events.Length; i++)
            {
                time += _random.Next(0, 5);
                var at = time - (_random.Next(3) == 0 ? _random.Next(0, 12) : 0) - (_random.Next(8) == 0 ? _random.Next(0, 50) : 0);
                events[i] = new Logged(partition, i, $"k{_random.Next(3)}", at, _random.Next(-8, 30) / 4.0, greatest == PartitionId.NoTime ? greatest : greatest - _delay);
                greatest = Math.Max(greatest, at);
            }
            return events;
        }
    }
}
