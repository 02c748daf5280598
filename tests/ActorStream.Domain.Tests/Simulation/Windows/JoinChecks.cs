using ActorStream.Domain.Joins;
using ActorStream.Domain.Tests.Joins;
using ActorStream.Domain.Tests.Windows;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What the results topic of a join finally says, compared with every pair of every window whose time has come.</summary>
/// <param name="watermark">How far time has come; no window that ends later has fired.</param>
internal sealed class JoinChecks(WindowWorld world, JoinPlan join, long watermark)
{
    public void Check(IReadOnlyList<Logged> judged)
    {
        var said = world.Results.SelectMany(p => p.Records).Select(r => (JoinResult)r.Output).GroupBy(r => r.ResultId).ToDictionary(g => g.Key, g => g.ToList());
        foreach (var (id, revisions) in said)
            CheckRevisions(id, revisions);
        var lateness = join.Windows.Emit == EmitMode.Final ? join.Windows.Specs[0].AllowedLatenessMs : 0;
        var expected = SlowJoin.Rows(join, [.. world.Source.Select(s => s.Id)], judged, end => end + lateness <= watermark);
        foreach (var (id, row) in expected)
        {
            if (!said.TryGetValue(id, out var revisions) || revisions[^1].IsRetracted || SlowJoin.Text(revisions[^1]) != row)
                throw new BrokenPromiseException($"{id} finally says {revisions?[^1]}, expected {row}");
        }
        foreach (var (id, revisions) in said)
        {
            if (!expected.ContainsKey(id) && !revisions[^1].IsRetracted)
                throw new BrokenPromiseException($"{id} was never a row, or its time has not come: {revisions[^1]}");
        }
    }

    private void CheckRevisions(string id, List<JoinResult> revisions)
    {
        if (!revisions.Select(r => r.Revision).SequenceEqual(Enumerable.Range(0, revisions.Count)))
            throw new BrokenPromiseException($"{id} has the revisions [{string.Join(' ', revisions.Select(r => r.Revision))}]");
        if (revisions.Count > 2 || (revisions.Count == 2 && (revisions[0].Right is not null || join.Type == JoinType.Inner || join.Windows.Emit == EmitMode.Final)))
            throw new BrokenPromiseException($"{id} was revised, though nothing may change it: {revisions[^1]}");
    }
}
