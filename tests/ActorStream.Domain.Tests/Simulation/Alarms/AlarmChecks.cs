using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What rest means in a world of alarms, and what must be true at its end.</summary>
internal sealed class AlarmChecks(AlarmWorld world) : Checks(world)
{
    public override string? Unrest()
    {
        if (UnrestOfCommits() is { } uncommitted)
            return uncommitted;
        for (var metric = 0; metric < world.Settings.Metrics; metric++)
        {
            if (UnrestOf(SimRules.MetricName(metric)) is { } unrest)
                return unrest;
        }
        foreach (var group in world.NoticeGroups)
        {
            // The journal and the survivor's memory, which may be stale.
            if (UnrestOf(group) is { } unrest)
                return unrest;
            if (world.Cluster.HomeOf(group) is not SimNotices { Alive: true, Ready: true } home)
                return $"{group} is not there";
            if (WaitingIn(home.Logic) > 0 || WaitingIn(Recovered(group).Logic) > 0)
                return $"{group} holds notices";
        }
        var untold = Silences.Expected(world);
        foreach (var partition in world.Topic.Partitions)
        {
            foreach (var record in partition.Records)
                untold.Remove(AlarmPartition.AlarmOf(record).Id.Text);
        }
        return untold.Count > 0 ? $"silence is not told: {string.Join(' ', untold)}" : world.Due.Count > 0 ? $"{world.Due.Count} due rows are left" : null;
    }

    public override void End()
    {
        foreach (var partition in world.Partitions)
            CheckApplied(partition);
        foreach (var partition in world.Source)
            CheckCounters(partition);
        var expected = ExpectedAlarms();
        CheckTopic(expected);
        CheckDeliveries();
    }

    private static int WaitingIn(LedgerLogic logic) => ((NoticeState)logic.Inner).Queued;

    private void CheckCounters(SourcePartition partition)
    {
        var expected = default(ReaderCounters);
        foreach (var record in partition.Records)
        {
            var isRouted = record.Kind is SampleKind.Sample or SampleKind.Poison;
            expected += new ReaderCounters(1, isRouted ? 1 : 0, record.Kind == SampleKind.Unrouted ? 1 : 0, record.Kind == SampleKind.Unreadable ? 1 : 0);
            if (record.Kind == SampleKind.Poison != world.DeadLetters.Contains((partition.Id, record.Offset)))
                throw new BrokenPromiseException($"{partition.Id} {record.Offset} is {record.Kind} and a dead letter, or poison and none");
        }
        if (partition.Row!.Counters != expected)
            throw new BrokenPromiseException($"{partition.Id} counted {partition.Row.Counters}, expected {expected}");
    }

    private HashSet<string> ExpectedAlarms()
    {
        var expected = Silences.Expected(world);
        var raised = new Dictionary<Guid, long>();
        var open = new HashSet<Guid>();
        foreach (var partition in world.Source)
        {
            foreach (var record in partition.Records)
            {
                if (record.Kind != SampleKind.Sample)
                    continue;
                foreach (var rule in world.Rules.Of(SimRules.MetricName(record.Metric)))
                {
                    if (record.AppendTimeMs < rule.MadeAtMs)
                        continue;
                    var holds = record.Value > rule.Rule.Threshold;
                    // Of an ordered metric the log of one partition is all there is: what a sample ends was begun before it.
                    if (holds || (open.Remove(rule.Rule.Id) && rule.Rule.OnResolve != ResolveAction.Nothing))
                        expected.Add(AlarmId.Of(rule.Rule.Id, partition.Id, record.Offset).Text);
                    if (!holds)
                        continue;
                    open.Add(rule.Rule.Id);
                    raised[rule.Rule.Id] = raised.GetValueOrDefault(rule.Rule.Id) + 1;
                }
            }
        }
        for (var metric = 0; metric < world.Settings.Metrics; metric++)
            CheckRaised(SimRules.MetricName(metric), raised);
        return expected;
    }

    private void CheckRaised(string metric, Dictionary<Guid, long> raised)
    {
        foreach (var rule in ((AlarmState)Recovered(metric).Logic.Inner).Describe().Rules)
        {
            if (rule.Raised != raised.GetValueOrDefault(rule.RuleId))
                throw new BrokenPromiseException($"{metric} counted {rule.Raised} alarms of one rule, expected {raised.GetValueOrDefault(rule.RuleId)}");
        }
    }

    private void CheckTopic(HashSet<string> expected)
    {
        var seen = new HashSet<string>();
        foreach (var partition in world.Topic.Partitions)
        {
            foreach (var record in partition.Records)
            {
                if (!seen.Add(AlarmPartition.AlarmOf(record).Id.Text))
                    throw new BrokenPromiseException($"alarm {AlarmPartition.AlarmOf(record).Id} is on its topic twice");
            }
        }
        if (!seen.SetEquals(expected))
            throw new BrokenPromiseException($"{seen.Count} alarms on the topic, expected {expected.Count}; differ: {string.Join(' ', seen.Except(expected).Concat(expected.Except(seen)))}");
        CheckNumbers();
    }

    /// <summary>Each alarm at least once; of a webhook at most as often as there are alarms and ambiguous attempts.</summary>
    private void CheckDeliveries()
    {
        var (alarms, received) = (new Dictionary<string, long>(), new Dictionary<string, long>());
        foreach (var partition in world.Topic.Partitions)
        {
            foreach (var record in partition.Records)
            {
                var (id, url) = (AlarmPartition.AlarmOf(record).Id.Text, AlarmPartition.AlarmOf(record).WebhookUrl);
                if (world.Receiver.ReceivedOf(id) < 1 || world.Receiver.ReceivedOf(id) > world.Receiver.AttemptedOf(id))
                    throw new BrokenPromiseException($"alarm {id} was delivered {world.Receiver.ReceivedOf(id)} times, the journal holds {world.Receiver.AttemptedOf(id)} attempts");
                alarms[url] = alarms.GetValueOrDefault(url) + 1;
                received[url] = received.GetValueOrDefault(url) + world.Receiver.ReceivedOf(id);
            }
        }
        foreach (var group in world.NoticeGroups)
        {
            foreach (var channel in ((NoticeStateSnapshot)Recovered(group).Logic.Inner.CaptureAll()!).Channels)
            {
                var (expected, arrived) = (alarms.GetValueOrDefault(channel.WebhookUrl), received.GetValueOrDefault(channel.WebhookUrl));
                if (channel.Delivered != expected || arrived > expected + channel.Ambiguous)
                    throw new BrokenPromiseException($"{channel} of {expected} alarms, but {arrived} arrived");
            }
        }
    }
}
