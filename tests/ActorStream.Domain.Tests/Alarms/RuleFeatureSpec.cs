using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary>Each feature of a rule as a sequence of samples and what it raises. Times are seconds here; a resolve is the value with a minus in front of its text.</summary>
public sealed class RuleFeatureSpec
{
    private static readonly Rule Over5 = Rule(1, ComparisonOperator.Greater, 5);

    private static readonly Dictionary<string, (Rule Rule, Sent[] Samples, string Expected)> Cases = new()
    {
        ["a crossing alarms when the condition turns true, and again only after it was false"] =
            (Over5 with { Trigger = RuleTrigger.Crossing }, [S(6, 0), S(7, 1), S(4, 2), S(8, 3), S(9, 4), S(5, 5), S(6, 6)], "6 8 6"),
        ["a crossing is by series"] =
            (Over5 with { Trigger = RuleTrigger.Crossing }, [S(6, 0, "a"), S(6.5, 1, "b"), S(7, 2, "a"), S(1, 3, "a"), S(8, 4, "a"), S(9, 5, "b")], "6 6.5 8"),
        ["exactly the cooldown later the next notification is allowed"] =
            (Over5 with { CooldownMs = 10_000 }, [S(6, 0), S(7, 5), S(8, 9.999), S(9, 10), S(10, 19), S(11, 20)], "6 9(+2) 11(+1)"),
        ["a cooldown is of the whole rule"] =
            (Over5 with { CooldownMs = 10_000 }, [S(6, 0, "a"), S(7, 1, "b"), S(9, 11, "b")], "6 9(+1)"),
        ["a cooldown may be by series"] =
            (Over5 with { CooldownMs = 10_000, CooldownScope = CooldownScope.Series }, [S(6, 0, "a"), S(7, 1, "b"), S(8, 2, "a"), S(9, 11, "b")], "6 7 9"),
        ["a sample older than the last notification is within its cooldown"] =
            (Over5 with { CooldownMs = 10_000 }, [S(6, 100), S(7, 50), S(8, 110)], "6 8(+1)"),
        ["a cooldown uses a crossing up"] =
            (Over5 with { CooldownMs = 10_000, Trigger = RuleTrigger.Crossing }, [S(6, 0), S(1, 1), S(7, 2), S(8, 20), S(1, 21), S(9, 22)], "6 9(+1)"),
        ["a scalar tag must have its value"] =
            (Over5 with { Tags = new TagFilter([new TagCondition("h", ["a"], true)]) }, [S(6, 0, "a"), S(7, 1, "b"), S(8, 2), S(9, 3, "a")], "6 9"),
        ["a listed tag may have any of its values"] =
            (Over5 with { Tags = new TagFilter([new TagCondition("h", ["a", "b"], false)]) }, [S(6, 0, "a"), S(7, 1, "c"), S(8, 2, "b")], "6 8"),
        ["a window compares its average, the sample at its end included and at its beginning excluded"] =
            (Over5 with { WindowMs = 10_000 }, [S(0, 0), S(9, 1), S(6, 2), S(4, 5), S(20, 11), S(0, 30)], "10"),
        ["a window forgets what is exactly as old as it is long"] =
            (Over5 with { WindowMs = 10_000 }, [S(100, 0), S(1, 10), S(20, 20)], "100 20"),
        ["a window is by series"] =
            (Over5 with { WindowMs = 10_000 }, [S(100, 0, "a"), S(1, 1, "b"), S(2, 2, "a")], "100 51"),
        ["a sample older than its window is not judged and changes nothing"] =
            (Over5 with { WindowMs = 10_000 }, [S(1, 20), S(100, 10), S(1, 21)], ""),
        ["a late sample inside the window joins it"] =
            (Over5 with { WindowMs = 10_000 }, [S(1, 20), S(11, 11), S(5, 20.5), S(1, 22)], "6 5.666666666666667"),
        ["a clear condition keeps what began until it holds"] =
            (Over5 with { Trigger = RuleTrigger.Crossing, ClearWhen = new ClearCondition(ComparisonOperator.Less, 3, "3") }, [S(6, 0), S(4, 1), S(6, 2), S(2, 3), S(4, 4), S(7, 5)], "6 7"),
        ["between threshold and clear condition no alarm is raised"] =
            (Over5 with { ClearWhen = new ClearCondition(ComparisonOperator.Less, 3, "3") }, [S(6, 0), S(4, 1), S(7, 2)], "6 7"),
        ["a condition must hold that long, and exactly that long is enough"] =
            (Over5 with { ForMs = 10_000 }, [S(6, 0), S(7, 9.999), S(8, 10), S(9, 11), S(1, 12), S(6, 13), S(7, 22), S(8, 23)], "8 9 8"),
        ["a crossing after a time passes once"] =
            (Over5 with { ForMs = 10_000, Trigger = RuleTrigger.Crossing }, [S(6, 0), S(8, 10), S(9, 11), S(1, 12), S(6, 13), S(8, 23)], "8 8"),
        ["a run begins with the operator, and only a sample for which it holds ends the wait"] =
            (Over5 with { ForMs = 10_000, ClearWhen = new ClearCondition(ComparisonOperator.Less, 3, "3") }, [S(6, 0), S(4, 10), S(6, 11)], "6"),
        ["what raised is resolved once, by the first sample that does not hold"] =
            (Over5 with { OnResolve = ResolveAction.Message }, [S(1, 0), S(6, 1), S(7, 2), S(4, 3), S(3, 4), S(8, 5), S(2, 6)], "6 7<6 -4<6 8 -2<8"),
        ["what raised nothing is not resolved"] =
            (Over5 with { OnResolve = ResolveAction.Message, ForMs = 10_000 }, [S(6, 0), S(4, 3), S(6, 4), S(7, 14), S(1, 15)], "7 -1<7"),
        ["a resolve knows no cooldown and begins none"] =
            (Over5 with { OnResolve = ResolveAction.Edit, CooldownMs = 10_000 }, [S(6, 0), S(1, 1), S(7, 2), S(1, 3), S(8, 10)], "6 -1<6 8(+1)"),
        ["with a clear condition only that resolves"] =
            (Over5 with { OnResolve = ResolveAction.Message, ClearWhen = new ClearCondition(ComparisonOperator.Less, 3, "3") }, [S(6, 0), S(4, 1), S(2, 2)], "6 -2<6"),
        ["a window's average resolves"] =
            (Over5 with { OnResolve = ResolveAction.Message, WindowMs = 2_000 }, [S(8, 0), S(1, 1), S(1, 2)], "8 -4.5<8"),
        ["a disabled rule judges nothing"] = (Over5 with { Enabled = false }, [S(6, 0)], ""),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_raise(string feature)
    {
        var (rule, samples, expected) = Cases[feature];
        var (state, outputs, index) = (new AlarmState("cpu", new RulesInHand().Put(rule)), new OutputsInHand(), 0);

        state.Apply(EntityHarness.P0, Sent.Batch(0, samples), ref index, outputs);

        var byId = outputs.Emitted.ToDictionary(e => e.Alarm.Id, e => e.Alarm.Value);
        Assert.Equal(expected, string.Join(' ', outputs.Emitted.Select(e => TextOf(e.Alarm, byId))));
    }

    private static string TextOf(AlarmRecord alarm, Dictionary<AlarmId, double> byId)
    {
        var value = FormattableString.Invariant($"{(alarm.Kind == AlarmKind.Resolved ? "-" : "")}{alarm.Value:R}");
        var episode = alarm.Episode == alarm.Id ? "" : FormattableString.Invariant($"<{byId[alarm.Episode]:R}");
        return value + episode + (alarm.Suppressed > 0 ? $"(+{alarm.Suppressed})" : "");
    }

    private static Sent S(double value, double second, string? host = null) => new(value, (long)(second * 1_000), host);
}
