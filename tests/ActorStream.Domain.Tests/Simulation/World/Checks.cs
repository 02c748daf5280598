using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The promises: what holds at every commit, what rest means, and what must be true at the end.</summary>
internal abstract class Checks(World world)
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
    public virtual void Commit(SimPartition partition, CommitRow before, CommitRow after)
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
    public abstract string? Unrest();

    /// <summary>The plain loop over the log, compared with what the system did.</summary>
    public abstract void End();

    protected string? UnrestOfCommits()
    {
        foreach (var partition in world.Partitions)
        {
            if (partition.Row is not { } row || row.Position < partition.End)
                return $"{partition.Id} committed {partition.Row?.Position} of {partition.End}";
        }
        return null;
    }

    /// <summary>Outputs that the journal or the survivor's memory, which may be stale, still holds.</summary>
    protected string? UnrestOf(string id)
    {
        foreach (var item in Recovered(id).Outbox)
        {
            if (item.Number > world.Topic.TakenFrom(id))
                return $"{id} holds output {item.Number}";
        }
        return world.Cluster.HomeOf(id) is { Alive: true, Ready: true } home && home.Machine.OutboxCount > 0 ? $"{home.Name} holds outputs" : null;
    }

    protected void CheckApplied(SimPartition partition)
    {
        foreach (var (id, routed) in partition.Routed)
        {
            var applied = Recovered(id).Logic.AppliedOf(partition.Id);
            if (!applied.SequenceEqual(routed))
                throw new BrokenPromiseException($"{id} applied of {partition.Id} [{string.Join(' ', applied)}], expected [{string.Join(' ', routed)}]");
        }
    }

    /// <summary>The topic took of every sender 1, 2, 3, ... once each.</summary>
    protected void CheckNumbers()
    {
        var numbers = new Dictionary<string, List<long>>();
        foreach (var record in world.Topic.Partitions.SelectMany(p => p.Records))
        {
            if (!numbers.TryGetValue(record.Sender, out var list))
                numbers.Add(record.Sender, list = []);
            list.Add(record.Number);
        }
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
}
