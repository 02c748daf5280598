using ActorStream.Domain.Windows;
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

    [Fact]
    public void Worlds_hold_what_they_are_to_show()
    {
        var (raises, rejected, revised, retracted, doubted, two, results) = (0, 0, 0, 0, 0, 0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            var world = new WindowWorld(seed);
            world.Run();
            var said = world.Results.SelectMany(p => p.Table).Select(r => (WindowResult)r.Output).ToList();
            raises += world.Source.Sum(p => p.Raises.Count);
            rejected += world.Letters.Ids.Count;
            revised += said.Count(r => r.Revision > 0);
            retracted += said.Count(r => r.IsRetracted);
            two += world.Source.Sum(p => p.Watermarks.ToLookup(w => w.Key.Offset, w => w.Value).Count(s => s.Distinct().Count() > 1));
            doubted += ((WindowChecks)world.Checks).JudgedByTwo;
            results += said.Count;
        }

        var counts = $"{results} results ({revised} revisions, {retracted} retractions), {rejected} rejections, {raises} raises, {two} events judged by two watermarks, {doubted} of them differently";
        output.WriteLine(counts);
        Assert.True(results > 5_000 && revised > 100 && retracted > 0 && rejected > 500 && raises > 500 && two > 0, $"the worlds are too poor to show anything: {counts}");
    }

    [Theory]
    [InlineData(nameof(PlantedFault.WatermarkNotReloaded))]
    [InlineData(nameof(PlantedFault.LatenessByChunk))]
    [InlineData(nameof(PlantedFault.FiresByTimeRead))]
    [InlineData(nameof(PlantedFault.CommitsCurrentTime))]
    [InlineData(nameof(PlantedFault.CommitsWithoutSerial))]
    [InlineData(nameof(PlantedFault.NoStandingTick))]
    [InlineData(nameof(PlantedFault.TimeToldOnce))]
    [InlineData(nameof(PlantedFault.TimeTickAnsweredAsJournaled))]
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
