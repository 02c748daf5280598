using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The promises: what holds at every commit, what rest means, and what must be true at the end.</summary>
internal sealed class Checks(World world)
{
    private readonly Dictionary<string, RecoveredEntity> _recovered = [];

    /// <summary>What this entity's journal says now.</summary>
    public RecoveredEntity Recovered(string id)
    {
        var version = world.Journal.VersionOf(id);
        if (!_recovered.TryGetValue(id, out var recovered) || recovered.Version != version)
            _recovered[id] = recovered = new RecoveredEntity(world, id, version);
        return recovered;
    }

    /// <summary>Below a committed position everything is durable in its entities, and what it caused is handed over.</summary>
    public void Commit(SimPartition partition, CommitRow before, CommitRow after)
    {
        if (after.Position < before.Position || after.MaxEventTime < before.MaxEventTime)
            throw new BrokenPromiseException($"commit of {partition.Id} fell from {before} to {after}");
        foreach (var (id, routed) in partition.Routed)
        {
            var recovered = Recovered(id);
            var applied = recovered.Logic.AppliedOf(partition.Id);
            for (var i = 0; i < routed.Count && routed[i] < after.Position; i++)
            {
                if (i >= applied.Count || applied[i] != routed[i] || recovered.AppliedOf(partition.Id) < routed[i])
                    throw new BrokenPromiseException($"commit of {partition.Id} to {after.Position}, but {id} would recover [{string.Join(' ', applied)}] of [{string.Join(' ', routed)}]");
            }
            foreach (var item in recovered.Outbox)
            {
                if (item.Cause is { } cause && cause.Partition == partition.Id && cause.Offset < after.Position && item.Number > world.Topic.TakenFrom(id))
                    throw new BrokenPromiseException($"commit of {partition.Id} to {after.Position}, but output {item.Number} of {id}, caused by {cause.Offset}, is not handed over");
            }
        }
    }

    /// <summary>Null when nothing is left to do; else what is.</summary>
    public string? Unrest()
    {
        foreach (var partition in world.Partitions)
        {
            if (partition.Row is not { } row || row.Position < partition.End)
                return $"{partition.Id} committed {partition.Row?.Position} of {partition.End}";
        }
        for (var metric = 0; metric < world.Settings.Metrics; metric++)
        {
            if (UnrestOf(World.MetricName(metric)) is { } unrest)
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
                untold.Remove(record.Alarm.Id.Text);
        }
        return untold.Count > 0 ? $"silence is not told: {string.Join(' ', untold)}" : world.Due.Count > 0 ? $"{world.Due.Count} due rows are left" : null;
    }

    /// <summary>The plain loop over the log, compared with what the system did.</summary>
    public void End()
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

    private string? UnrestOf(string id)
    {
        foreach (var item in Recovered(id).Outbox)
        {
            if (item.Number > world.Topic.TakenFrom(id))
                return $"{id} holds output {item.Number}";
        }
        return world.Cluster.HomeOf(id) is { Alive: true, Ready: true } home && home.Machine.OutboxCount > 0 ? $"{home.Name} holds outputs" : null;
    }

    private void CheckApplied(SimPartition partition)
    {
        foreach (var (id, routed) in partition.Routed)
        {
            var applied = Recovered(id).Logic.AppliedOf(partition.Id);
            if (!applied.SequenceEqual(routed))
                throw new BrokenPromiseException($"{id} applied of {partition.Id} [{string.Join(' ', applied)}], expected [{string.Join(' ', routed)}]");
        }
    }

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
                foreach (var rule in world.Rules.Of(World.MetricName(record.Metric)))
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
            CheckRaised(World.MetricName(metric), raised);
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
        var numbers = new Dictionary<string, List<long>>();
        foreach (var partition in world.Topic.Partitions)
        {
            foreach (var record in partition.Records)
            {
                if (!seen.Add(record.Alarm.Id.Text))
                    throw new BrokenPromiseException($"alarm {record.Alarm.Id} is on its topic twice");
                if (!numbers.TryGetValue(record.Sender, out var list))
                    numbers.Add(record.Sender, list = []);
                list.Add(record.Number);
            }
        }
        if (!seen.SetEquals(expected))
            throw new BrokenPromiseException($"{seen.Count} alarms on the topic, expected {expected.Count}; differ: {string.Join(' ', seen.Except(expected).Concat(expected.Except(seen)))}");
        foreach (var (sender, list) in numbers)
        {
            list.Sort();
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] != i + 1)
                    throw new BrokenPromiseException($"the topic has of {sender} [{string.Join(' ', list)}]");
            }
        }
    }

    /// <summary>Each alarm at least once; of a webhook at most as often as there are alarms and ambiguous attempts.</summary>
    private void CheckDeliveries()
    {
        var (alarms, received) = (new Dictionary<string, long>(), new Dictionary<string, long>());
        foreach (var partition in world.Topic.Partitions)
        {
            foreach (var record in partition.Records)
            {
                var (id, url) = (record.Alarm.Id.Text, record.Alarm.WebhookUrl);
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
