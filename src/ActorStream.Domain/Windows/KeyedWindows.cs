namespace ActorStream.Domain.Windows;

/// <summary>What paned windows and sessions share of keeping keys: found, made, queued, captured and let go.</summary>
internal abstract class KeyedWindows<TKey>(WindowPlan plan, int index, WindowShared shared) : SpecWindows(plan, index, shared)
    where TKey : KeyWindows
{
    protected readonly KeyTable<TKey> Keys = new();

    public override void Begin(EventBatch batch) => Keys.Begin(batch.Columns.Keys);

    public override void Enqueue()
    {
        foreach (var key in Keys.All)
        {
            key.Unqueue();
            if (TryNextDue(key, out var at))
                Shared.Due.Add(key, at);
            QueueClosing(key);
        }
    }

    public override void CaptureAll(WindowCapture into)
    {
        foreach (var key in Keys.All)
            Capture(key, into, all: true);
    }

    public override void Clear()
    {
        Shared.Keys -= Keys.Count;
        Shared.Cells -= Keys.All.Sum(k => k.Count);
        Keys.Clear();
        Books = default;
    }

    /// <summary>The first window of the key that can close goes into the queue.</summary>
    protected abstract void QueueClosing(TKey key);

    protected TKey Made(int keyIndex, TKey key)
    {
        Keys.Add(keyIndex, key);
        Shared.Keys++;
        return key;
    }

    protected TKey Made(TKey key)
    {
        Keys.Add(key);
        Shared.Keys++;
        return key;
    }

    protected void RemoveIfEmpty(TKey key)
    {
        if (key.Count > 0)
            return;
        Keys.Remove(key);
        Shared.Keys--;
        key.Unqueue();
    }
}
