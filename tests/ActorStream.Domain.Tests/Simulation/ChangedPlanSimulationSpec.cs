using ActorStream.Domain.Windows;
using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Pipelines that are changed while they run, in worlds where everything fails that may fail (ADR 014).</summary>
/// <remarks>More seeds: <c>ACTORSTREAM_SIM_SEEDS=10000</c>.</remarks>
public sealed class ChangedPlanSimulationSpec(ITestOutputHelper output)
{
    private readonly Sweep _sweep = new(output, nameof(No_seed_breaks_a_promise_of_changed_plans), static (seed, fault, trace) => new WindowWorld(seed, fault, trace, isChanging: true));

    [Fact]
    public void No_seed_breaks_a_promise_of_changed_plans() => _sweep.NoSeedBreaksAPromise(300);

    [Fact]
    public void Worlds_hold_what_they_are_to_show()
    {
        var (changes, refused, earlier, behind, kept, gone, waited) = (0, 0, 0, 0, 0, 0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            var world = new WindowWorld(seed, isChanging: true);
            world.Run();
            var ledgers = world.FixedGroups.Select(g => (WindowLedger)world.Checks.Recovered(g).Logic).ToList();
            var taken = ((WindowChecks)world.Checks).Taken;
            changes += world.Plans.All.Count - 1;
            refused += world.Plans.Refused;
            earlier += ledgers.Sum(l => l.Judged.Count(j => j.DecodedBy < j.Version));
            behind += ledgers.Sum(l => l.Late.Count(e => e.Reason == LateReason.Behind));
            kept += taken.Count(w => !w.IsGone && w.IsSaid);
            gone += taken.Count(w => w.IsGone && w.IsSaid);
            waited += taken.Count(w => w.IsDue && !w.IsSaid);
        }

        var counts = $"{changes} changes ({refused} refused), {earlier} events decoded by an earlier change than judged them, {behind} rejections behind, {kept} windows of the last plan and {gone} of removed windows said, {waited} of those in doubt";
        output.WriteLine(counts);
        Assert.True(changes > 200 && refused > 20 && earlier > 200 && behind > 10 && kept > 3_000 && gone > 150 && 2 * waited < gone, $"the worlds are too poor to show anything: {counts}");
    }

    [Theory]
    [InlineData(nameof(PlantedFault.OlderPlanJudgesLaterBatch))]
    [InlineData(nameof(PlantedFault.OlderPlanWrites))]
    [InlineData(nameof(PlantedFault.GoesOnWithOlderPlan))]
    [InlineData(nameof(PlantedFault.NoFloorOfAdded))]
    [InlineData(nameof(PlantedFault.FloorNotStored))]
    [InlineData(nameof(PlantedFault.MoreLatenessReopens))]
    [InlineData(nameof(PlantedFault.WindowsByPlace))]
    [InlineData(nameof(PlantedFault.NameOfRemovedForgotten))]
    [InlineData(nameof(PlantedFault.FenceIgnored))]
    [InlineData(nameof(PlantedFault.NoPredecessorCheck))]
    [InlineData(nameof(PlantedFault.RepliesBeforePersist))]
    [InlineData(nameof(PlantedFault.SafeIgnoresOutbox))]
    [InlineData(nameof(PlantedFault.CommitsHighestOffset))]
    [InlineData(nameof(PlantedFault.LatenessByChunk))]
    public void Planted_fault_is_caught_by_a_world_of_changed_plans(string name, int seedsMax = 1_000, int firstSeed = 1) => _sweep.Catches(name, seedsMax, firstSeed);
}
