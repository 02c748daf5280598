using ActorStream.Domain.Records;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Every event of the log once more, judged by what its readers said that stood before it.</summary>
/// <remarks>Where two readers said different things, since a zombie did not know of a raise, either may have won: then what was written down is taken, if it lies between them.</remarks>
internal sealed class PlainLoop
{
    private readonly WindowWorld _world;
    private readonly Dictionary<(PartitionId, long), List<LateEvent>> _late;
    private readonly Dictionary<string, (int OnTime, int Open, int Rejected)> _books = [];
    private readonly HashSet<(PartitionId, long)> _open = [];

    public PlainLoop(WindowWorld world, IReadOnlyList<LateEvent> late)
    {
        _world = world;
        _late = late.GroupBy(l => (l.Partition, l.Offset)).ToDictionary(g => g.Key, g => g.ToList());
        foreach (var source in world.Source)
        {
            var sent = source.Watermarks.ToLookup(w => w.Key.Offset, w => w.Value);
            foreach (var record in source.Records.Where(r => r.Kind == EventKind.Event))
                Judge(source, record, [.. sent[record.Offset].Distinct()]);
        }
    }

    /// <summary>Each event with the watermark that decides it.</summary>
    public List<Logged> Judged { get; } = [];

    /// <summary>Events about which a zombie and an owner came to different ends.</summary>
    public int JudgedByTwo => _open.Count;

    /// <summary>What a reader says before each record follows from the log, and from the raises that its epoch could know.</summary>
    public static void CheckWatermarks(WindowWorld world, EventPartition source)
    {
        foreach (var epoch in source.Watermarks.Keys.Select(k => k.Epoch).Distinct())
        {
            var greatest = PartitionId.NoTime;
            foreach (var record in source.Records)
            {
                if (record.Kind == EventKind.Unreadable)
                    continue;
                foreach (var raise in source.Raises)
                {
                    if (raise.Position <= record.Offset && raise.Epoch <= epoch)
                        greatest = Math.Max(greatest, raise.MaxEventTime);
                }
                if (source.Watermarks.TryGetValue((record.Offset, epoch), out var said) && said != world.WatermarkOf(greatest))
                    throw new BrokenPromiseException($"{source.Id} {record.Offset} was judged in epoch {epoch} by {said}, the log says {world.WatermarkOf(greatest)}");
                greatest = Math.Max(greatest, record.TimeMs);
            }
        }
    }

    public void CheckBooks()
    {
        foreach (var group in _world.FixedGroups)
        {
            var (onTime, open, rejected) = _books.GetValueOrDefault(group);
            var books = ((WindowLedger)_world.Checks.Recovered(group).Logic).Windows.Books;
            if (books.OnTime < onTime || books.OnTime > onTime + open || books.LateRejected != rejected || books.Refused != 0)
                throw new BrokenPromiseException($"{group} says {books}; expected {onTime} on time and {rejected} rejected, {open} in doubt");
        }
    }

    public void CheckLetters()
    {
        var expected = _late.Values.SelectMany(l => l).Select(l => (l.Partition, l.Offset, l.Spec, Version: 0L)).ToHashSet();
        foreach (var missing in expected.Except(_world.Letters.Ids))
            throw new BrokenPromiseException($"{missing} was rejected without a letter");
        foreach (var letter in _world.Letters.Ids.Except(expected))
        {
            if (!_open.Contains((letter.Partition, letter.Offset)))
                throw new BrokenPromiseException($"{letter} has a letter and was not rejected");
        }
    }

    private void Judge(EventPartition source, EventRecord record, long[] said)
    {
        var late = _late.GetValueOrDefault((source.Id, record.Offset), []);
        var specs = _world.Windows.Plan.Specs;
        var (least, most) = (said.Min(), said.Max());
        for (var i = 0; i < specs.Count; i++)
        {
            var rejected = late.Find(l => l.Spec == i)?.Windows ?? 0;
            if (rejected < Rejections(specs[i], record.TimeMs, least) || rejected > Rejections(specs[i], record.TimeMs, most))
                throw new BrokenPromiseException($"{rejected} windows of {specs[i]} rejected {source.Id} {record.Offset} of {record.TimeMs}, judged by {string.Join(" or ", said)}");
        }
        var decides = late.Count > 0 ? late.Max(l => l.WatermarkMs) : least;
        Judged.Add(new Logged(source.Index, record.Offset, EventPartition.KeyOf(record), record.TimeMs, record.Value, decides));
        Count(source, record, said, late);
    }

    private void Count(EventPartition source, EventRecord record, long[] said, List<LateEvent> late)
    {
        var group = _world.GroupOf(record.Key);
        var (onTime, open, rejected) = _books.GetValueOrDefault(group);
        var classes = said.Select(w => (IsOnTime(record.TimeMs, w), Rejections(record.TimeMs, w))).Distinct().ToList();
        if (classes.Count > 1)
        {
            open++;
            _open.Add((source.Id, record.Offset));
        }
        else if (classes[0].Item1)
        {
            onTime++;
        }
        if (late.Exists(l => l.IsRejected))
            rejected++;
        _books[group] = (onTime, open, rejected);
    }

    private bool IsOnTime(long timeMs, long watermark) =>
        _world.Windows.Plan.Specs.All(s => (s.Type == WindowType.Session ? timeMs + s.GapMs : s.EndOf(s.FirstWindow(timeMs))) > watermark);

    private long Rejections(long timeMs, long watermark) => _world.Windows.Plan.Specs.Sum(s => Rejections(s, timeMs, watermark));

    private static long Rejections(WindowSpec spec, long timeMs, long watermark) => spec.Type == WindowType.Session
        ? timeMs + spec.GapMs + spec.AllowedLatenessMs <= watermark ? 1 : 0
        : spec.StartsOf(timeMs).Count(start => start + spec.SizeMs + spec.AllowedLatenessMs <= watermark);
}
