using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary>The evaluator against <see cref="SlowJudge"/>: any rules, series, times out of order, chunks, and crashes that leave what the journal holds.</summary>
public sealed class AgainstReferenceSpec
{
    private static readonly Gen<ClearCondition?> GenClear =
        Gen.Select(Gen.Enum<ComparisonOperator>(), Gen.Int[-4, 12], Gen.Int[0, 2]).Select((o, t, kind) => kind == 0 ? new ClearCondition(o, t, $"{t}") : null);

    private static readonly Gen<Func<int, Rule>> GenRule = Gen.Select(
        Gen.Select(Gen.Enum<ComparisonOperator>(), Gen.Int[0, 8], GenClear, OneOf<long?>(null, null, 1, 3, 10, 25)),
        Gen.Select(OneOf(0L, 0L, 2L, 7L), OneOf(0L, 0L, 3L, 12L), Gen.Enum<CooldownScope>(), Gen.Enum<RuleTrigger>()),
        Gen.Enum<ResolveAction>(), OneOf("", "", "a", "ab"), Gen.Int[0, 9]).Select((condition, gates, resolve, hosts, enabled) => new Func<int, Rule>(number =>
        {
            var (comparison, threshold, clear, windowMs) = condition;
            return Rule(number, comparison, threshold) with
            {
                ClearWhen = clear is not null && ConditionOverlap.Find(comparison, threshold, clear) is null ? clear : null,
                WindowMs = windowMs,
                ForMs = gates.Item1,
                CooldownMs = gates.Item2,
                CooldownScope = gates.Item3,
                Trigger = gates.Item4,
                OnResolve = resolve,
                Tags = hosts.Length == 0 ? TagFilter.Any : new TagFilter([new TagCondition("h", [.. hosts.Select(h => $"{h}")], hosts.Length == 1)]),
                Enabled = enabled > 0,
            };
        }));

    // Quarters: their sums are exact, so that an average at a threshold is at it in both.
    private static readonly Gen<Sent> GenSent = Gen.Select(Gen.Int[-4, 40], Gen.Int[-6, 2], OneOf<string?>(null, "a", "b", "c"))
        .Select((quarters, late, host) => new Sent(quarters / 4.0, late, host));

    private enum Act
    {
        Apply,
        ApplyMore,
        Capture,
        Crash,
        Snapshot,
        Touch,
    }

    [Fact]
    public void Any_rules_over_any_samples_raise_what_going_through_all_samples_again_raises()
    {
        var genSteps = Gen.Select(Gen.Enum<Act>(), GenSent.Array[1, 8], Gen.Int[0, 9]).Array[1, 30];
        Gen.Select(GenRule.Array[1, 6], genSteps, Gen.Bool).Sample(
            (rules, steps, areMany) =>
            {
                var world = new ReferenceWorld([.. rules.Select((r, i) => r(i))], areMany);
                foreach (var (act, samples, number) in steps)
                    Do(world, act, samples, number % rules.Length);
                return true;
            },
            iter: 3_000);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static void Do(ReferenceWorld world, Act act, Sent[] samples, int rule)
    {
        switch (act)
        {
            case Act.Capture:
                world.Capture();
                break;
            case Act.Crash:
                world.Capture();
                world.Crash();
                break;
            case Act.Snapshot:
                world.Snapshot();
                break;
            case Act.Touch:
                world.Touch(rule);
                break;
            default:
                world.Apply(samples);
                break;
        }
    }

    private sealed class ReferenceWorld
    {
        private readonly RulesInHand _view = new();
        private readonly SlowJudge _reference = new();
        private readonly List<Rule> _rules = [];
        private readonly List<IStateChange> _journal = [];
        private IStateSnapshot? _snapshot;
        private AlarmState _state;
        private long _offset;
        private long _clock = 100;
        private int _touches;

        public ReferenceWorld(Rule[] rules, bool areMany)
        {
            foreach (var rule in rules)
                Put(rule);
            // Enough plain ones that rules are searched rather than gone through.
            for (var i = 0; areMany && i < 20; i++)
                Put(Rule(100 + i, (ComparisonOperator)(i % 6), 3 + (i / 4)));
            _state = new AlarmState("cpu", _view);
        }

        public void Apply(Sent[] samples)
        {
            var sent = samples.Select(s => s with { TimeMs = (_clock += 2) + s.TimeMs }).ToArray();
            var outputs = new OutputsInHand();
            var index = 0;
            _state.Apply(EntityHarness.P0, Sent.Batch(_offset, sent), ref index, outputs);
            var expected = new List<(Guid, long, Verdict)>();
            for (var i = 0; i < sent.Length; i++)
            {
                foreach (var rule in _rules)
                {
                    if (_reference.Judge(rule, sent[i], _offset + i) is { } verdict)
                        expected.Add((rule.Id, _offset + i, verdict));
                }
            }
            _offset += sent.Length;
            Assert.Equal(sent.Length, index);
            Assert.Equal(expected, outputs.Emitted.Select(e => (e.Alarm.RuleId, e.Cause, new Verdict(e.Alarm.Kind, e.Alarm.Value, e.Alarm.Episode, e.Alarm.Suppressed))));
        }

        public void Capture()
        {
            if (_state.Capture() is { } change)
                _journal.Add(change);
        }

        public void Snapshot()
        {
            Capture();
            _snapshot = _state.CaptureAll();
            _journal.Clear();
        }

        public void Crash()
        {
            _state = new AlarmState("cpu", _view);
            if (_snapshot is not null)
                _state.Restore(_snapshot);
            foreach (var change in _journal)
                _state.Fold(change);
        }

        public void Touch(int number)
        {
            // Another webhook: a new version that only re-arms, and comes last from now on.
            var rule = _rules.Single(r => r.Id == Rule(number, ComparisonOperator.Greater, 0).Id);
            _rules.Remove(rule);
            Put(rule with { WebhookUrl = $"{Url}{++_touches}" });
            _reference.Touch(rule);
        }

        private void Put(Rule rule)
        {
            _view.Put(rule);
            _rules.Add(rule);
        }
    }
}
