using ActorStream.Domain.Joins;
using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Joins of two topics in worlds where everything fails that may fail (protocol.md sections 4.1 and 4.2).</summary>
/// <remarks>More seeds: <c>ACTORSTREAM_SIM_SEEDS=10000</c>.</remarks>
public sealed class JoinSimulationSpec(ITestOutputHelper output)
{
    private readonly Sweep _sweep = new(output, nameof(No_seed_breaks_a_promise_of_joins), static (seed, fault, trace) => new WindowWorld(seed, fault, trace, isJoin: true));

    [Fact]
    public void No_seed_breaks_a_promise_of_joins() => _sweep.NoSeedBreaksAPromise(300);

    [Fact]
    public void Worlds_hold_what_they_are_to_show()
    {
        var (rows, singles, retracted, rejected, raises) = (0, 0, 0, 0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            var world = new WindowWorld(seed, isJoin: true);
            world.Run();
            var said = world.Results.SelectMany(p => p.Table).Select(r => (JoinResult)r.Output).ToList();
            rows += said.Count;
            singles += said.Count(r => r.Right is null && !r.IsRetracted);
            retracted += said.Count(r => r.IsRetracted);
            rejected += world.Letters.Ids.Count;
            raises += world.Source.Sum(p => p.Raises.Count);
        }

        var counts = $"{rows} rows ({singles} without a right event, {retracted} retracted), {rejected} rejections, {raises} raises";
        output.WriteLine(counts);
        Assert.True(rows > 5_000 && singles > 500 && retracted > 15 && rejected > 200 && raises > 500, $"the worlds are too poor to show anything: {counts}");
    }

    [Theory]
    [InlineData(nameof(PlantedFault.NoStandingTick))]
    [InlineData(nameof(PlantedFault.SafeIgnoresOutbox))]
    [InlineData(nameof(PlantedFault.RepliesBeforePersist))]
    [InlineData(nameof(PlantedFault.NoPredecessorCheck))]
    [InlineData(nameof(PlantedFault.LatenessByChunk))]
    [InlineData(nameof(PlantedFault.FiresByTimeRead))]
    [InlineData(nameof(PlantedFault.WatermarkOfOneTopic))]
    [InlineData(nameof(PlantedFault.RowsBegunAnew))]
    public void Planted_fault_is_caught_by_a_world_of_joins(string name, int seedsMax = 1_000, int firstSeed = 1) => _sweep.Catches(name, seedsMax, firstSeed);
}
