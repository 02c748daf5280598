using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Windows, watermarks, idle partitions, firing and sinks in worlds where everything fails that may fail (protocol.md sections 4.1 and 4.2).</summary>
/// <remarks>More seeds: <c>ACTORSTREAM_SIM_SEEDS=10000</c>.</remarks>
public sealed class WindowSimulationSpec(ITestOutputHelper output)
{
    private readonly Sweep _sweep = new(output, nameof(No_seed_breaks_a_promise_of_windows), static (seed, fault, trace) => new WindowWorld(seed, fault, trace));

    [Fact]
    public void No_seed_breaks_a_promise_of_windows() => _sweep.NoSeedBreaksAPromise(300);

    [Theory]
    [InlineData(nameof(PlantedFault.WatermarkNotReloaded))]
    [InlineData(nameof(PlantedFault.LatenessByChunk))]
    [InlineData(nameof(PlantedFault.FiresByTimeRead))]
    [InlineData(nameof(PlantedFault.CommitsCurrentTime))]
    [InlineData(nameof(PlantedFault.CommitsWithoutSerial))]
    [InlineData(nameof(PlantedFault.NoStandingTick))]
    [InlineData(nameof(PlantedFault.IdleFlagTrusted))]
    [InlineData(nameof(PlantedFault.RaiseNotCommitted))]
    [InlineData(nameof(PlantedFault.RaiseNotAwaited))]
    [InlineData(nameof(PlantedFault.RaiseRecomputed))]
    [InlineData(nameof(PlantedFault.AllIdleNothing))]
    [InlineData(nameof(PlantedFault.SinkPositionApart))]
    [InlineData(nameof(PlantedFault.CommitsHighestOffset))]
    [InlineData(nameof(PlantedFault.NoPredecessorCheck))]
    [InlineData(nameof(PlantedFault.RepliesBeforePersist))]
    [InlineData(nameof(PlantedFault.FenceIgnored))]
    [InlineData(nameof(PlantedFault.AppendTakesGap))]
    [InlineData(nameof(PlantedFault.OffsetsVisibleOutOfOrder))]
    [InlineData(nameof(PlantedFault.SafeIgnoresOutbox))]
    public void Planted_fault_is_caught_by_a_world_of_windows(string name, int seedsMax = 1_000, int firstSeed = 1) => _sweep.Catches(name, seedsMax, firstSeed);
}
