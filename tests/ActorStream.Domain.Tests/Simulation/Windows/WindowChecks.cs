using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What holds at every commit in a world of windows, what rest means, and what must be true at its end.</summary>
internal sealed class WindowChecks(WindowWorld world) : Checks(world)
{
    private readonly long _greatest = world.Source.SelectMany(TimesOf).DefaultIfEmpty(PartitionId.NoTime).Max();

    /// <summary>Records that a reader and a zombie judged differently, because only one of them knew a raise.</summary>
    public int JudgedByTwo { get; private set; }

    /// <summary>Of a world whose plan changed: all windows that took an event.</summary>
    public IReadOnlyList<TakenWindow> Taken { get; private set; } = [];

    public override void Commit(SimPartition partition, CommitRow before, CommitRow after)
    {
        base.Commit(partition, before, after);
        if (partition is not EventPartition source)
            return;
        if (after.Idle)
            source.Raises.Add(new Raise(after.Position, after.MaxEventTime, after.Epoch));
        if (after.MaxEventTime < PartitionId.EndOfTime && after.MaxEventTime > _greatest + world.NowMs)
            throw new BrokenPromiseException($"{partition.Id} is raised to {after.MaxEventTime}, but the log goes to {_greatest} and the clock to {world.NowMs}");
        foreach (var group in world.FixedGroups)
            CheckBooks(group);
    }

    public override string? Unrest()
    {
        if (UnrestOfCommits() is { } uncommitted)
            return uncommitted;
        foreach (var source in world.Source)
        {
            if (UnrestOfTime(source) is { } unrest)
                return unrest;
        }
        foreach (var group in world.FixedGroups)
        {
            if (UnrestOfPlan(group) is { } behind)
                return behind;
            // The journal and the survivor's memory, which may be stale.
            if (UnrestOf(group) is { } unrest)
                return unrest;
            if (world.Cluster.HomeOf(group) is not { Alive: true, Ready: true } home)
                return $"{group} is not there";
            if (UnrestOf(group, home.Logic) is { } inMemory)
                return inMemory;
            if (UnrestOf(group, Recovered(group).Logic) is { } inJournal)
                return $"the journal says: {inJournal}";
        }
        return null;
    }

    public override void End()
    {
        foreach (var source in world.Source)
        {
            CheckApplied(source);
            CheckCounters(source);
            PlainLoop.CheckWatermarks(world, source);
        }
        if (world.IsChanging)
            Taken = new ChangedPlanChecks(world, Watermark).Check();
        else
            CheckPlainLoop();
        CheckNumbers();
        foreach (var results in world.Results)
            CheckSink(results);
    }

    private void CheckPlainLoop()
    {
        var loop = new PlainLoop(world, Late());
        JudgedByTwo = loop.JudgedByTwo;
        loop.CheckBooks();
        loop.CheckLetters();
        if (world.Windows.Join is { } join)
            new JoinChecks(world, join, Watermark).Check(loop.Judged);
        else
            new ResultChecks(world, Watermark).Check(loop.Judged);
    }

    /// <summary>The pipeline's, by the rows as they are.</summary>
    private long Watermark => world.Windows.Time.Watermark([.. world.Source.Select(s => s.Row)]);

    private static IEnumerable<long> TimesOf(EventPartition source) => source.Records.Where(r => r.Kind != EventKind.Unreadable).Select(r => r.TimeMs);

    private static IWindowLogic WindowsOf(LedgerLogic logic) => ((WindowLedger)logic).Windows;

    private static void CheckSink(ResultPartition results)
    {
        if (!results.Table.Select(r => r.Output).SequenceEqual(results.Records.Select(r => r.Output)))
            throw new BrokenPromiseException($"the sink of {results.Id} holds {results.Table.Count} rows, its topic {results.Records.Count}");
    }

    private List<LateEvent> Late() => [.. world.FixedGroups.SelectMany(g => ((WindowLedger)Recovered(g).Logic).Late)];

    /// <summary>All silent: one watermark, whoever fell silent first.</summary>
    private string? UnrestOfTime(EventPartition source)
    {
        var time = world.Windows.Time;
        var row = source.Row!;
        if (world.Windows.IsBounded)
            return row.MaxEventTime == PartitionId.EndOfTime ? null : $"{source.Id} has ended, but its time is {row.MaxEventTime}";
        if (time.IdleTimeoutMs is null)
        {
            // Even without a timeout one that holds no record yet has followed the others until its first one came.
            var slowest = world.Source.Where(s => s.Records.Count > 0).Min(s => TimesOf(s).Concat(s.Raises.Select(r => r.MaxEventTime)).DefaultIfEmpty(PartitionId.NoTime).Max());
            var least = world.Source.Min(s => s.Row!.MaxEventTime);
            return least == slowest ? null : $"time is {least}, the slowest partition is at {slowest}";
        }
        if (!row.Idle)
            return $"{source.Id} is not idle";
        var isThere = time.CloseOnIdle && _greatest > PartitionId.NoTime ? row.MaxEventTime >= Horizon : row.MaxEventTime == _greatest;
        return isThere ? null : $"{source.Id} is idle at {row.MaxEventTime}, the log goes to {_greatest}";
    }

    /// <summary>With close_on_idle the clock goes on for ever; from here on nothing can change any more.</summary>
    private long Horizon => _greatest + world.Windows.Time.DelayMs + world.Plans.Specs.Max(s => s.SizeMs + (2 * s.GapMs) + s.AllowedLatenessMs);

    private string? UnrestOfPlan(string group)
    {
        var written = ((WindowLedger)Recovered(group).Logic).Turns;
        return !world.IsChanging || (written.Count > 0 && written[^1].Version == world.Plans.Newest.Version) ? null : $"{group} has not gone over to change {world.Plans.Newest.Version}";
    }

    private string? UnrestOf(string group, LedgerLogic logic)
    {
        var windows = WindowsOf(logic);
        var isThere = world.Windows.Time.CloseOnIdle ? windows.Watermark >= Math.Min(Watermark, Horizon - world.Windows.Time.DelayMs) : windows.Watermark == Watermark;
        return !isThere ? $"{group} has fired to {windows.Watermark}, time is {Watermark}" : windows.HasDue ? $"{group} has windows that are due" : null;
    }

    private void CheckBooks(string group)
    {
        var logic = Recovered(group).Logic;
        var poison = world.Source.Sum(s => logic.AppliedOf(s.Id).Count(o => s.At(o).Kind == EventKind.Poison));
        var applied = world.Source.Sum(s => logic.AppliedOf(s.Id).Count) - poison;
        var books = WindowsOf(logic).Books;
        if (!books.IsBalanced || books.In != applied)
            throw new BrokenPromiseException($"{group} has applied {applied} events and says {books}");
    }

    private void CheckCounters(EventPartition source)
    {
        var expected = default(ReaderCounters);
        foreach (var record in source.Records)
        {
            var isReadable = record.Kind != EventKind.Unreadable;
            expected += new ReaderCounters(1, isReadable ? 1 : 0, 0, isReadable ? 0 : 1);
            if (record.Kind == EventKind.Poison != world.DeadLetters.Contains((source.Id, record.Offset)))
                throw new BrokenPromiseException($"{source.Id} {record.Offset} is {record.Kind} and a dead letter, or poison and none");
        }
        if (source.Row!.Counters != expected)
            throw new BrokenPromiseException($"{source.Id} counted {source.Row.Counters}, expected {expected}");
    }
}
