namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Three nodes with what lives on them: entities by routing, readers by their keepers. Normally one incarnation each; two while doubled.</summary>
internal sealed class Cluster(World world)
{
    private readonly bool[] _up = [true, true, true];
    private readonly Dictionary<string, SimEntity> _home = [];
    private readonly Dictionary<string, SimEntity>[] _views = [[], [], []];
    private readonly List<SimEntity> _entities = [];
    private readonly Dictionary<SimPartition, List<Keeper>> _keepers = [];

    public IEnumerable<SimEntity> Entities => _entities;

    public SimEntity? HomeOf(string id) => _home.GetValueOrDefault(id);

    public bool IsUp(int node) => _up[node];

    public void Start()
    {
        foreach (var partition in world.Partitions)
        {
            _keepers.Add(partition, []);
            Double(partition);
        }
    }

    public List<SimEntity> LivingEntities()
    {
        _entities.RemoveAll(static e => !e.Alive);
        return [.. _entities];
    }

    public List<PartitionOwner> LivingReaders()
    {
        var readers = new List<PartitionOwner>();
        foreach (var keepers in _keepers.Values)
        {
            foreach (var keeper in keepers)
            {
                if (keeper.Reader is { Alive: true } reader)
                    readers.Add(reader);
            }
        }
        return readers;
    }

    /// <summary>What a message from this node reaches: first what the node believes (it may be a zombie), else the home incarnation, else a new one.</summary>
    public SimEntity? Route(int node, string id)
    {
        if (_views[node].TryGetValue(id, out var seen) && seen.Alive)
            return seen;
        if (HomeOf(id) is not { Alive: true } home)
        {
            if (AnyNode() is not { } host)
                return null;
            home = world.NewEntity(id, host);
            _home[id] = home;
            _entities.Add(home);
        }
        return _views[node][id] = home;
    }

    /// <summary>A new home; about half of the nodes still route to the old one.</summary>
    public void DoubleEntity(SimEntity entity)
    {
        _home.Remove(entity.Id);
        foreach (var view in _views)
        {
            if (world.Random.Chance(0.5))
                view.Remove(entity.Id);
        }
        world.At(world.Random.Between(1, 30), () => Route(world.Random.Below(WorldSettings.Nodes), entity.Id));
    }

    /// <summary>Of two incarnations the older one stays.</summary>
    public void Survive(SimEntity entity)
    {
        var home = HomeOf(entity.Id);
        if (!entity.Alive || home == entity)
            return;
        home?.Kill("downed, the older one stays");
        _home[entity.Id] = entity;
        foreach (var view in _views)
            view.Remove(entity.Id);
    }

    /// <summary>One more keeper for this partition; it starts a reader again and again.</summary>
    public void Double(SimPartition partition)
    {
        var keeper = new Keeper(partition);
        _keepers[partition].Add(keeper);
        Keep(keeper);
    }

    public void EndOneKeeper(SimPartition partition)
    {
        var keepers = _keepers[partition];
        End(keepers[world.Random.Below(keepers.Count)]);
    }

    public void Crash(int node)
    {
        _up[node] = false;
        foreach (var entity in LivingEntities())
        {
            if (entity.Node == node)
                entity.Kill("node crash");
        }
        foreach (var reader in LivingReaders())
        {
            if (reader.Node == node)
                reader.Kill("node crash");
        }
    }

    public void Revive(int node)
    {
        _up[node] = true;
        _views[node].Clear();
    }

    /// <summary>Of doubled entities one incarnation stays, the newer or the older; views converge; one keeper per partition stays.</summary>
    public void Settle()
    {
        var random = world.Random;
        Array.Fill(_up, true);
        foreach (var entity in LivingEntities())
        {
            if (HomeOf(entity.Id) == entity)
                continue;
            var olderStays = random.Chance(0.5);
            world.At(random.Between(1, 100), () =>
            {
                if (olderStays)
                    Survive(entity);
                else
                    KillUnlessHome(entity);
            });
        }
        world.At(120, () => Array.ForEach(_views, static view => view.Clear()));
        foreach (var keepers in _keepers.Values)
        {
            foreach (var keeper in keepers.SkipLast(1))
                world.At(random.Between(1, 100), () => End(keeper));
        }
    }

    public int? AnyNode()
    {
        var start = world.Random.Below(WorldSettings.Nodes);
        for (var i = 0; i < WorldSettings.Nodes; i++)
        {
            var node = (start + i) % WorldSettings.Nodes;
            if (_up[node])
                return node;
        }
        return null;
    }

    private void KillUnlessHome(SimEntity entity)
    {
        if (HomeOf(entity.Id) != entity)
            entity.Kill("zombie downed");
    }

    private void End(Keeper keeper)
    {
        if (keeper.Ended || _keepers[keeper.Partition].Count == 1)
            return;
        keeper.Ended = true;
        _keepers[keeper.Partition].Remove(keeper);
        keeper.Reader?.Kill("zombie downed");
    }

    private void Keep(Keeper keeper)
    {
        if (keeper.Ended)
            return;
        if (keeper.Reader is not { Alive: true } && AnyNode() is { } node)
            keeper.Reader = keeper.Partition.NewOwner(node);
        world.At(world.Random.Between(20, 100), () => Keep(keeper));
    }

    private sealed class Keeper(SimPartition partition)
    {
        public readonly SimPartition Partition = partition;
        public PartitionOwner? Reader;
        public bool Ended;
    }
}
