using System.Globalization;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>One or two rules per metric; they do not change while a world lives.</summary>
internal sealed class SimRules
{
    /// <summary>A sample above it alarms by every rule of its metric, one above twice as much by the second rule too.</summary>
    public const double Threshold = 10;

    private static readonly string[] s_metrics = ["cpu", "memory", "disk", "network"];
    private readonly Dictionary<string, MetricRules> _byMetric = [];

    public SimRules(SimRandom random, int metrics)
    {
        var position = 0L;
        for (var metric = 0; metric < metrics; metric++)
        {
            var rules = new List<VersionedRule>();
            for (var i = random.Between(1, 2); i > 0; i--)
            {
                var threshold = rules.Count == 0 ? Threshold : 2 * Threshold;
                var rule = new Rule(
                    new Guid(metric, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)rules.Count), MetricName(metric), threshold, threshold.ToString(CultureInfo.InvariantCulture),
                    ComparisonOperator.Greater, $"https://hook.example/{random.Below(4)}");
                rules.Add(new VersionedRule(rule, position++, 0));
            }
            _byMetric.Add(MetricName(metric), new MetricRules(position - 1, rules));
        }
    }

    public static string MetricName(int metric) => s_metrics[metric];

    public MetricRules Of(string metric) => _byMetric[metric];
}
