using System.Globalization;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>One or two rules per metric, in force from the beginning or a little later; the view does not change while a world lives.</summary>
internal sealed class SimRules : IRulesView
{
    /// <summary>The first rule of each metric matches above this, a second one above twice as much.</summary>
    private const double Threshold = 10;

    private static readonly string[] s_metrics = ["cpu", "memory", "disk", "network"];

    /// <summary>Metrics whose samples all stand in one partition: what depends on the order of samples has one answer there.</summary>
    public const int OrderedMetrics = 2;

    public SimRules(SimRandom random, int metrics, int staleAfterMs)
    {
        var changes = new List<RuleChange>();
        for (var metric = 0; metric < metrics; metric++)
        {
            for (var (i, count) = (1, random.Between(1, 2)); i <= count; i++)
            {
                var threshold = i * Threshold;
                var id = new Guid(metric, (short)i, 0, 0, 0, 0, 0, 0, 0, 0, 0);
                var webhook = random.Below(4);
                var url = webhook == 3 ? "https://hooks.example.org/alarms" : $"https://discord.com/api/webhooks/{webhook}/token";
                var rule = new Rule(id, MetricName(metric), threshold, threshold.ToString(CultureInfo.InvariantCulture), ComparisonOperator.Greater, url)
                {
                    Receiver = webhook == 3 ? ReceiverKind.Json : ReceiverKind.Discord,
                    StaleAfterMs = metric < OrderedMetrics && staleAfterMs > 0 && random.Chance(0.8) ? i * staleAfterMs : null,
                    OnResolve = metric < OrderedMetrics && random.Chance(0.4) ? ResolveAction.Message : ResolveAction.Nothing,
                };
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
