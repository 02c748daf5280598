using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The plain loop for rules with <c>stale_after</c>: every sample after which its metric was silent for so long, the last one too.</summary>
internal static class Silences
{
    public static HashSet<string> Expected(AlarmWorld world)
    {
        var expected = new HashSet<string>();
        for (var metric = 0; metric < world.Settings.Metrics; metric++)
        {
            foreach (var rule in world.Rules.Of(SimRules.MetricName(metric)))
            {
                if (rule.Rule.StaleAfterMs is not { } staleAfterMs)
                    continue;
                foreach (var partition in world.Source)
                    Add(partition, metric, rule, staleAfterMs, expected);
            }
        }
        return expected;
    }

    private static void Add(SourcePartition partition, int metric, VersionedRule rule, long staleAfterMs, HashSet<string> expected)
    {
        SourceRecord? last = null;
        foreach (var record in partition.Records)
        {
            if (record.Kind != SampleKind.Sample || record.Metric != metric || record.AppendTimeMs < rule.MadeAtMs)
                continue;
            if (last is { } before && record.AppendTimeMs - before.AppendTimeMs >= staleAfterMs)
                expected.Add(AlarmId.OfSilence(rule.Rule.Id, partition.Id, before.Offset).Text);
            last = record;
        }
        if (last is { } final)
            expected.Add(AlarmId.OfSilence(rule.Rule.Id, partition.Id, final.Offset).Text);
    }
}
