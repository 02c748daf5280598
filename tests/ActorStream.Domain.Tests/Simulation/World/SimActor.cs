namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Something with a mailbox on a node: it may die, and it may be stalled, when everything that concerns it waits in order.</summary>
internal abstract class SimActor(World world, int node, string name)
{
    private readonly Queue<Action> _mailbox = new();
    private long _pausedUntil;
    private bool _wakes;

    public int Serial { get; } = world.NextSerial();

    public int Node => node;

    public string Name => name;

    public bool Alive { get; private set; } = true;

    /// <summary>Steps until this actor handles something again; 0 when it is not stalled.</summary>
    public long StalledFor => Math.Max(0, _pausedUntil - World.Now);

    protected World World => world;

    public void Stall(int steps) => _pausedUntil = Math.Max(_pausedUntil, World.Now + steps);

    public void Take(Action handle)
    {
        if (!Alive)
            return;
        if (_pausedUntil <= World.Now && _mailbox.Count == 0)
        {
            handle();
            return;
        }
        _mailbox.Enqueue(handle);
        if (!_wakes)
        {
            _wakes = true;
            World.At(StalledFor, Wake);
        }
    }

    /// <summary>Dies without a farewell.</summary>
    public void Kill(string reason)
    {
        if (!Alive)
            return;
        Alive = false;
        World.Trace?.Invoke($"{name} ends: {reason}");
    }

    /// <summary>A planned stop.</summary>
    public abstract void Retire();

    protected void Every(int steps, Action handle)
    {
        void Round()
        {
            if (!Alive)
                return;
            Take(handle);
            World.At(steps, Round);
        }
        World.At(World.Random.Between(1, steps), Round);
    }

    private void Wake()
    {
        _wakes = false;
        while (Alive && _pausedUntil <= World.Now && _mailbox.TryDequeue(out var handle))
            handle();
        if (Alive && _mailbox.Count > 0)
        {
            _wakes = true;
            World.At(StalledFor, Wake);
        }
    }
}
