using ActorStream.Domain.Joins;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Joins;

/// <summary>The plain loop: every pair of every window, from all events of all logs, judged by their own partition's watermark and nothing else.</summary>
internal static class SlowJoin
{
    /// <param name="sources">Of which topic and partition a log is, by its number.</param>
    /// <returns>Rows by result id, as text.</returns>
    public static Dictionary<string, string> Rows(JoinPlan join, IReadOnlyList<Domain.Records.PartitionId> sources, IReadOnlyList<Logged> events, Func<long, bool> hasFired)
    {
        var (rows, plan) = (new Dictionary<string, string>(), join.Windows);
        foreach (var (window, inside) in new SlowWindows(plan, events).Windows)
        {
            if (!hasFired(window.End))
                continue;
            var sides = inside.ToLookup(e => sources[e.Partition].Topic == join.RightTopic);
            foreach (var left in sides[false])
            {
                var id = $"{plan.PipelineId}/{plan.NameOf(0)}_{window.Key}_{window.Start}_{sources[left.Partition].Partition}.{left.Offset}";
                foreach (var right in sides[true])
                    rows.Add($"{id}_{sources[right.Partition].Partition}.{right.Offset}", Text(window.End, left.TimeMs, left.Value, right.TimeMs, right.Value));
                if (join.Type == JoinType.Left && !sides[true].Any())
                    rows.Add($"{id}_none", Text(window.End, left.TimeMs, left.Value, null, null));
            }
        }
        return rows;
    }

    public static string Text(JoinResult row) => Text(row.EndMs, row.Left.TimeMs, row.Left.Value, row.Right?.TimeMs, row.Right?.Value);

    private static string Text(long end, long leftMs, double left, long? rightMs, double? right) => $"..{end} {left:R}@{leftMs} {right:R}@{rightMs}";
}
