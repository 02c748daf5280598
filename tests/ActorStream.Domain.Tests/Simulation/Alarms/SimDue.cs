using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The due table (rule 27): per entity, partition and series the last sample and its time; a row never goes back to an older sample.</summary>
internal sealed class SimDue(World world)
{
    private readonly SortedDictionary<string, (string Entity, DueChange Row)> _rows = new(StringComparer.Ordinal);

    public int Count => _rows.Count;

    public bool Arm(string entity, IReadOnlyList<DueChange> rows)
    {
        foreach (var row in rows)
        {
            var key = KeyOf(entity, row);
            if (_rows.TryGetValue(key, out var held) && held.Row.LastOffset > row.LastOffset)
                continue;
            _rows[key] = (entity, row);
            world.Trace?.Invoke($"due: {entity} {row.Series} after {row.LastOffset} at {row.DueMs / World.MsPerStep}");
        }
        return true;
    }

    public bool Disarm(string entity, IReadOnlyList<DueChange> rows)
    {
        foreach (var row in rows)
        {
            var key = KeyOf(entity, row);
            if (_rows.TryGetValue(key, out var held) && held.Row.LastOffset == row.LastOffset)
                _rows.Remove(key);
            world.Trace?.Invoke($"due: {entity} {row.Series} after {row.LastOffset} let go");
        }
        return true;
    }

    public List<RoutedDue> DueAt(PartitionId partition, long timeMs)
    {
        var due = new List<RoutedDue>();
        foreach (var (entity, row) in _rows.Values)
        {
            if (row.Partition != partition || row.DueMs > timeMs)
                continue;
            var series = new DueSeries(row.Series, row.LastOffset);
            if (due.Count > 0 && due[^1].EntityId == entity)
                ((List<DueSeries>)due[^1].Series).Add(series);
            else
                due.Add(new RoutedDue(entity, new List<DueSeries> { series }));
        }
        return due;
    }

    private static string KeyOf(string entity, DueChange row) => $"{entity}|{row.Partition}|{row.Series}";
}
