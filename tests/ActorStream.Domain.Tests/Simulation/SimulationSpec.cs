using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The machines that the product runs, in worlds where everything fails that may fail (protocol.md section 4.1).</summary>
public sealed class SimulationSpec(ITestOutputHelper output)
{
    private readonly Sweep _sweep = new(output, nameof(Ten_thousand_seeds_break_no_promise), static (seed, fault, trace) => new AlarmWorld(seed, fault, trace));

    [Fact]
    public void Ten_thousand_seeds_break_no_promise() => _sweep.NoSeedBreaksAPromise(10_000);

    [Theory]
    [InlineData(nameof(PlantedFault.CommitsHighestOffset))]
    [InlineData(nameof(PlantedFault.NoPredecessorCheck))]
    [InlineData(nameof(PlantedFault.RepliesBeforePersist))]
    [InlineData(nameof(PlantedFault.FenceIgnored))]
    [InlineData(nameof(PlantedFault.FenceIsOnlyUnique))]
    [InlineData(nameof(PlantedFault.AppendTakesGap))]
    [InlineData(nameof(PlantedFault.PostsWithoutAttempt))]
    [InlineData(nameof(PlantedFault.OffsetsVisibleOutOfOrder))]
    [InlineData(nameof(PlantedFault.SafeIgnoresOutbox))]
    [InlineData(nameof(PlantedFault.NoStandingTick))]
    [InlineData(nameof(PlantedFault.NoEmptyEvent), 4_000)]
    [InlineData(nameof(PlantedFault.NoAnswerCompare))]
    [InlineData(nameof(PlantedFault.CommitsInAnyOrder))]
    [InlineData(nameof(PlantedFault.DueRowAfterItsEvent))]
    [InlineData(nameof(PlantedFault.DueTickWithoutEvent), 2_000, 3_001)]
    [InlineData(nameof(PlantedFault.DueTickWithRecordsUnderWay))]
    [InlineData(nameof(PlantedFault.SilenceByTicksOnly))]
    public void Planted_fault_is_caught(string name, int seedsMax = 1_000, int firstSeed = 1) => _sweep.Catches(name, seedsMax, firstSeed);
}
