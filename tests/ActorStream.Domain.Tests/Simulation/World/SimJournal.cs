using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Events and snapshots of all entities, as a persistence plugin with the trigger of protocol.md A1 keeps them.</summary>
internal class SimJournal
{
    private readonly Dictionary<string, Entries> _entries = [];

    /// <summary>Rises with every change of what an entity would recover.</summary>
    public int VersionOf(string id) => Of(id).Version;

    /// <summary>False: fenced, another incarnation has written there.</summary>
    public bool Insert(string id, long sequence, Checkpoint checkpoint)
    {
        var entries = Of(id);
        if (IsFenced(id, sequence))
            return false;
        entries.Events[sequence] = checkpoint;
        entries.Version++;
        return true;
    }

    public void SaveSnapshot(string id, long sequence, EntitySnapshot snapshot)
    {
        Of(id).Snapshots[sequence] = snapshot;
        Of(id).Version++;
    }

    public bool HasSnapshot(string id, long sequence) => Of(id).Snapshots.ContainsKey(sequence);

    /// <summary>Removes events up to this number and snapshots below it; the highest number deleted stays known (the plugin keeps its row, marked).</summary>
    public void DeleteTo(string id, long sequence)
    {
        var entries = Of(id);
        entries.DeletedTo = Math.Max(entries.DeletedTo, sequence);
        RemoveBelow(entries.Events, sequence + 1);
        RemoveBelow(entries.Snapshots, sequence);
        entries.Version++;
    }

    public (long Sequence, EntitySnapshot? Snapshot) NewestSnapshot(string id)
    {
        var snapshots = Of(id).Snapshots;
        return snapshots.Count == 0 ? (0, null) : (snapshots.GetKeyAtIndex(snapshots.Count - 1), snapshots.GetValueAtIndex(snapshots.Count - 1));
    }

    public long HighestOf(string id)
    {
        var entries = Of(id);
        return entries.Events.Count == 0 ? entries.DeletedTo : Math.Max(entries.DeletedTo, entries.Events.GetKeyAtIndex(entries.Events.Count - 1));
    }

    /// <summary>Events above the first number, up to the second, in order.</summary>
    public List<KeyValuePair<long, Checkpoint>> EventsBetween(string id, long above, long to)
    {
        var found = new List<KeyValuePair<long, Checkpoint>>();
        foreach (var entry in Of(id).Events)
        {
            if (entry.Key > above && entry.Key <= to)
                found.Add(entry);
        }
        return found;
    }

    /// <summary>Nothing may be inserted at or below the highest row of an entity, deleted or not.</summary>
    protected virtual bool IsFenced(string id, long sequence) => sequence <= HighestOf(id);

    /// <summary>The marked row counts.</summary>
    protected bool HasRow(string id, long sequence) => Of(id).Events.ContainsKey(sequence) || Of(id).DeletedTo == sequence;

    private static void RemoveBelow<T>(SortedList<long, T> list, long sequence)
    {
        while (list.Count > 0 && list.GetKeyAtIndex(0) < sequence)
            list.RemoveAt(0);
    }

    private Entries Of(string id)
    {
        if (!_entries.TryGetValue(id, out var entries))
            _entries.Add(id, entries = new Entries());
        return entries;
    }

    private sealed class Entries
    {
        public readonly SortedList<long, Checkpoint> Events = [];
        public readonly SortedList<long, EntitySnapshot> Snapshots = [];
        public long DeletedTo;
        public int Version;
    }
}
