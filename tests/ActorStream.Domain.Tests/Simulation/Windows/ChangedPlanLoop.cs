using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Every event that one group's journal says it has applied, once more and in that order, under the plan that the journal says judged it.</summary>
internal sealed class ChangedPlanLoop
{
    private readonly WindowWorld _world;
    private readonly string _group;
    private readonly WindowLedger _ledger;
    private readonly ILookup<(PartitionId, long), LateEvent> _late;
    private readonly List<WindowLife> _ended = [];
    private List<WindowLife> _lives = [];
    private long _version = -1;
    private (long OnTime, long LateAccepted, long LateRejected) _books;

    public ChangedPlanLoop(WindowWorld world, string group)
    {
        (_world, _group, _ledger) = (world, group, (WindowLedger)world.Checks.Recovered(group).Logic);
        _late = _ledger.Late.ToLookup(l => (l.Partition, l.Offset));
        var next = 0;
        foreach (var turn in _ledger.Turns)
        {
            GoOver(turn);
            for (; next < _ledger.Judged.Count && _ledger.Judged[next].Version == turn.Version; next++)
                Judge(_ledger.Judged[next]);
        }
        if (next < _ledger.Judged.Count)
            throw new BrokenPromiseException($"{group} applied {_ledger.Judged[next]} under a change that its journal does not name: {string.Join(", ", _ledger.Turns)}");
        var books = _ledger.Windows.Books;
        if ((books.OnTime, books.LateAccepted, books.LateRejected, books.Refused) != (_books.OnTime, _books.LateAccepted, _books.LateRejected, 0))
            throw new BrokenPromiseException($"{group} says {books}; expected {_books}");
    }

    public IEnumerable<TakenWindow> Windows(long watermark) =>
        _ended.Concat(_lives).SelectMany(l => l.Taken(_world.Windows.Plan.PipelineId, _world.Windows.Plan.Emit, watermark));

    private void GoOver(Turn turn)
    {
        var plan = _world.Plans.All[(int)turn.Version].Windows;
        if (turn.Version <= _version)
            throw new BrokenPromiseException($"the journal of {_group} goes back to an older plan: {string.Join(", ", _ledger.Turns)}");
        _version = turn.Version;
        var lives = new List<WindowLife>();
        for (var i = 0; i < plan.Specs.Count; i++)
        {
            // What ends by then may have been said, by these windows in an earlier life.
            var life = _lives.Find(l => l.IsOf(plan.Specs[i]))?.GoOn(plan.Specs[i], turn.Watermark);
            lives.Add(life ?? new WindowLife(plan.Specs[i], plan.NameOf(i), turn.Watermark));
        }
        foreach (var gone in _lives.Except(lives))
        {
            gone.End(turn);
            _ended.Add(gone);
        }
        _lives = lives;
    }

    private void Judge(Judgement judged)
    {
        if (judged.DecodedBy > judged.Version)
            throw new BrokenPromiseException($"{_group} judged {judged.Partition} {judged.Offset} by change {judged.Version}, but its reader knew {judged.DecodedBy} and all its windows");
        var record = _world.Source.First(s => s.Id == judged.Partition).At(judged.Offset);
        var (isAccepted, isLate) = (false, false);
        for (var i = 0; i < _lives.Count; i++)
        {
            var verdict = _lives[i].Take(record, judged.WatermarkBefore, judged.Fired);
            var rejected = _late[(judged.Partition, judged.Offset)].FirstOrDefault(l => l.Spec == i)?.Windows ?? 0;
            if (rejected != verdict.Rejections)
                throw new BrokenPromiseException($"{rejected} windows of {_world.Plans.All[(int)judged.Version].Windows.Specs[i]} rejected {judged} of {record.TimeMs}, expected {verdict.Rejections}");
            (isAccepted, isLate) = (isAccepted || verdict.IsAccepted, isLate || verdict.IsLate || verdict.Rejections > 0);
        }
        _books = isAccepted && !isLate ? _books with { OnTime = _books.OnTime + 1 }
            : isAccepted ? _books with { LateAccepted = _books.LateAccepted + 1 }
            : _books with { LateRejected = _books.LateRejected + 1 };
    }
}
