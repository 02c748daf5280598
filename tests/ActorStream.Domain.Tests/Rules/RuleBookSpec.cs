using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Alarms.AlarmWorld;

namespace ActorStream.Domain.Tests.Rules;

public sealed class RuleBookSpec
{
    private static readonly string[] Metrics = ["cpu", "mem", "disk"];

    [Fact]
    public void A_new_rule_is_found_by_id_and_by_metric_with_its_position_and_time()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5);

        var book = RuleBook.Empty.With([new RuleChange(rule.Id, rule, 7, 1_000)]);

        Assert.Equal(new VersionedRule(rule, 7, 1_000), book.Find(rule.Id));
        Assert.Equal((7L, rule), (book.For("cpu")!.Position, Assert.Single(book.For("cpu")!.Rules).Rule));
        Assert.Null(book.For("mem"));
    }

    [Fact]
    public void Changes_at_or_below_the_position_are_known_already()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5);
        var book = RuleBook.Empty.With([new RuleChange(rule.Id, rule, 7, 1_000)]);

        Assert.Same(book, book.With([new RuleChange(rule.Id, null, 7, 2_000), new RuleChange(rule.Id, null, 3, 2_000)]));
    }

    [Fact]
    public void A_rule_that_moves_to_another_metric_raises_the_position_of_both()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5);
        var book = RuleBook.Empty.With([new RuleChange(rule.Id, rule, 0, 0)]);

        book = book.With([new RuleChange(rule.Id, rule with { MetricName = "mem" }, 1, 0)]);

        Assert.Equal(1, book.For("cpu")!.Position);
        Assert.Empty(book.For("cpu")!.Rules);
        Assert.Equal(1, book.For("mem")!.Position);
        Assert.Single(book.For("mem")!.Rules);
    }

    [Fact]
    public void A_deletion_raises_the_position_and_leaves_the_metric_without_rules()
    {
        var rule = Rule(1, ComparisonOperator.Greater, 5);

        var book = RuleBook.Empty.With([new RuleChange(rule.Id, rule, 0, 0), new RuleChange(rule.Id, null, 1, 0)]);

        Assert.Null(book.Find(rule.Id));
        Assert.Equal(1, book.For("cpu")!.Position);
        Assert.Empty(book.For("cpu")!.Rules);
    }

    [Fact]
    public void Metrics_that_a_change_does_not_touch_keep_their_very_object()
    {
        var book = RuleBook.Empty.With([new RuleChange(Guid.Empty, Rule(1, ComparisonOperator.Less, 1), 0, 0)]);

        var next = book.With([new RuleChange(Rule(2, ComparisonOperator.Less, 1).Id, Rule(2, ComparisonOperator.Less, 1, "mem"), 1, 0)]);

        Assert.Same(book.For("cpu"), next.For("cpu"));
        Assert.Null(book.For("mem"));
    }

    [Fact]
    public void Any_changes_in_any_portions_give_what_a_plain_dictionary_gives()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Int[-1, 2], Gen.Bool).Array[0, 40].Sample(steps =>
        {
            var book = RuleBook.Empty;
            var plain = new Dictionary<Guid, VersionedRule>();
            var positions = new Dictionary<string, long>();
            var pending = new List<RuleChange>();
            for (var i = 0; i < steps.Length; i++)
            {
                var (number, metric, flush) = steps[i];
                var id = Rule(number, ComparisonOperator.Less, 0).Id;
                var rule = metric < 0 ? null : Rule(number, ComparisonOperator.Less, i, Metrics[metric]);
                pending.Add(new RuleChange(id, rule, i, 10 * i));
                if (plain.Remove(id, out var before))
                    positions[before.Rule.MetricName] = i;
                if (rule is not null)
                {
                    plain[id] = new VersionedRule(rule, i, 10 * i);
                    positions[rule.MetricName] = i;
                }
                if (!flush && i < steps.Length - 1)
                    continue;
                book = book.With(pending);
                pending.Clear();
                Assert.Equal(plain.Values.OrderBy(r => r.Position), book.Rules.OrderBy(r => r.Position));
                foreach (var name in Metrics)
                {
                    Assert.Equal(plain.Values.Where(r => r.Rule.MetricName == name).OrderBy(r => r.Position), book.For(name)?.Rules ?? []);
                    Assert.Equal(positions.GetValueOrDefault(name, PartitionId.None), book.For(name)?.Position ?? PartitionId.None);
                }
            }
        });
    }
}
