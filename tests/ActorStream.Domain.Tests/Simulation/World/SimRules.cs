using System.Globalization;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>One or two rules per metric, in force from the beginning or a little later; the view does not change while a world lives.</summary>
internal sealed class SimRules : IRulesView
{
    /// <summary>The first rule of each metric matches above this, a second one above twice as much.</summary>
    private const double Threshold = 10;

    private static readonly string[] s_metrics = ["cpu", "memory", "disk", "network"];

    public SimRules(SimRandom random, int metrics)
    {
        var changes = new List<RuleChange>();
        for (var metric = 0; metric < metrics; metric++)
        {
            for (var (i, count) = (1, random.Between(1, 2)); i <= count; i++)
            {
                var threshold = i * Threshold;
                var id = new Guid(metric, (short)i, 0, 0, 0, 0, 0, 0, 0, 0, 0);
                var url = $"https://discord.com/api/webhooks/{random.Below(4)}/token";
                var rule = new Rule(id, MetricName(metric), threshold, threshold.ToString(CultureInfo.InvariantCulture), ComparisonOperator.Greater, url);
                changes.Add(new RuleChange(id, rule, changes.Count, random.Pick(0, 0, 10_000)));
            }
        }
        Current = RuleBook.Empty.With(changes);
    }

    public RuleBook Current { get; }

    public Task Complete => Task.CompletedTask;

    public static string MetricName(int metric) => s_metrics[metric];

    public IReadOnlyList<VersionedRule> Of(string metric) => Current.For(metric)!.Rules;

    public Task Reached(long position) => Task.CompletedTask;
}
