namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What happens to a world: 2 to 24 faults, of kinds that differ from seed to seed.</summary>
internal sealed class Faults(World world)
{
    private enum Kind
    {
        EntityCrash,
        EntityMove,
        EntityPassivation,
        EntityDoubled,
        GroupDoubled,
        EntityStall,
        ReaderCrash,
        ReaderStop,
        ReaderDoubled,
        ReaderStall,
        NodeCrash,
        Power,
    }

    private readonly List<Kind> _kinds = [];

    public void Schedule()
    {
        var random = world.Random;
        var all = new List<Kind>(Enum.GetValues<Kind>());
        for (var count = random.Between(2, all.Count); count > 0; count--)
        {
            var i = random.Below(all.Count);
            _kinds.Add(all[i]);
            all.RemoveAt(i);
        }
        for (var count = random.Between(2, 24); count > 0; count--)
            world.At(random.Between(10, world.Settings.FaultsEnd - 50), Happen);
        world.At(world.Settings.FaultsEnd, () =>
        {
            world.Trace?.Invoke("FAULTS END");
            world.Faulty = false;
            world.Cluster.Settle();
        });
    }

    private void Happen()
    {
        var kind = _kinds[world.Random.Below(_kinds.Count)];
        world.Trace?.Invoke($"FAULT {kind}");
        if (kind == Kind.Power)
            Power();
        else if (kind == Kind.NodeCrash)
            CrashNode();
        else if (kind >= Kind.ReaderCrash && world.Cluster.LivingReaders() is { Count: > 0 } readers)
            HappenTo(readers[world.Random.Below(readers.Count)], kind);
        else if (kind == Kind.GroupDoubled)
            DoubleGroup();
        else if (world.Cluster.LivingEntities() is { Count: > 0 } entities)
            HappenTo(entities[world.Random.Below(entities.Count)], kind);
    }

    private void HappenTo(PartitionOwner reader, Kind kind)
    {
        var random = world.Random;
        switch (kind)
        {
            case Kind.ReaderCrash:
                reader.Kill("crash");
                break;
            case Kind.ReaderStop:
                reader.Take(reader.Retire);
                break;
            case Kind.ReaderStall:
                reader.Stall(random.Between(20, 200));
                break;
            default:
                if (random.Chance(0.5))
                    reader.Stall(random.Between(20, 250));
                world.Cluster.Double(reader.Partition);
                world.At(random.Between(50, 400), () => world.Cluster.EndOneKeeper(reader.Partition));
                break;
        }
    }

    private void HappenTo(SimEntity entity, Kind kind)
    {
        switch (kind)
        {
            case Kind.EntityCrash:
                entity.Kill("crash");
                break;
            case Kind.EntityMove:
                entity.Take(entity.Retire);
                break;
            case Kind.EntityPassivation:
                entity.Take(entity.Passivate);
                break;
            case Kind.EntityStall:
                entity.Stall(world.Random.Between(20, 200));
                break;
            default:
                Double(entity);
                break;
        }
    }

    private void DoubleGroup()
    {
        if (world.Cluster.HomeOf(world.FixedGroups[world.Random.Below(world.FixedGroups.Count)]) is { Alive: true } group)
            Double(group);
    }

    private void Double(SimEntity entity)
    {
        var random = world.Random;
        if (world.Cluster.HomeOf(entity.Id) != entity)
            return;
        world.Cluster.DoubleEntity(entity);
        if (random.Chance(0.6))
            entity.Stall(random.Between(20, 250));
        var after = random.Between(40, 400);
        if (random.Chance(0.5))
            world.At(after, () => entity.Kill("zombie downed"));
        else
            world.At(after, () => world.Cluster.Survive(entity));
    }

    private void CrashNode()
    {
        var node = world.Random.Below(WorldSettings.Nodes);
        if (!world.Cluster.IsUp(node) || !world.Cluster.IsUp((node + 1) % WorldSettings.Nodes))
            return;
        world.Cluster.Crash(node);
        world.At(world.Random.Between(50, 200), () => world.Cluster.Revive(node));
    }

    private void Power()
    {
        if (!world.Random.Chance(0.4))
            return;
        foreach (var entity in world.Cluster.LivingEntities())
            entity.Kill("power");
        foreach (var reader in world.Cluster.LivingReaders())
            reader.Kill("power");
    }
}
