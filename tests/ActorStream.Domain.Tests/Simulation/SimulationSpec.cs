using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>The machines that the product runs, in worlds where everything fails that may fail (protocol.md section 4.1).</summary>
public sealed class SimulationSpec(ITestOutputHelper output)
{
    private const string SeedsVariable = "ACTORSTREAM_SIM_SEEDS";
    private const string SeedVariable = "ACTORSTREAM_SIM_SEED";

    [Fact]
    public void Ten_thousand_seeds_break_no_promise()
    {
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } one)
        {
            new AlarmWorld(long.Parse(one), trace: output.WriteLine).Run();
            return;
        }
        var seeds = int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), out var asked) ? asked : 10_000;
        var clock = Stopwatch.StartNew();
        var sums = new Sums();

        var broken = new List<string>();
        Parallel.For(1, seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var world = new AlarmWorld(seed);
            var failure = Outcome(world);
            lock (broken)
            {
                sums.Add(world);
                if (failure is not null)
                    broken.Add($"seed {seed}: {failure}\n  repeat: {SeedVariable}={seed} dotnet test tests/ActorStream.Domain.Tests --filter {nameof(Ten_thousand_seeds_break_no_promise)}");
            }
        });

        output.WriteLine($"{seeds} seeds in {clock.Elapsed.TotalSeconds:F1} s; per world {sums.Over(seeds)}");
        Assert.True(broken.Count == 0, $"{broken.Count} of {seeds} seeds broke a promise\n{string.Join('\n', broken.Take(20))}");
        Assert.True(seeds < 1000 || sums.Restarts > seeds / 10, "the faults hardly touched anybody: the worlds are too kind to show anything");
    }

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
    public void Planted_fault_is_caught(string name, int seedsMax = 1_000, int firstSeed = 1)
    {
        var fault = Enum.Parse<PlantedFault>(name);

        for (var seed = firstSeed; seed < firstSeed + seedsMax; seed++)
        {
            if (Outcome(new AlarmWorld(seed, fault)) is not { } failure)
                continue;
            output.WriteLine($"{name} is caught by seed {seed}: {failure}");
            return;
        }

        Assert.Fail($"{name} went unnoticed in {seedsMax} worlds");
    }

    private static string? Outcome(World world)
    {
        try
        {
            world.Run();
            return null;
        }
        catch (BrokenPromiseException broken)
        {
            return broken.Message;
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or KeyNotFoundException)
        {
            // A state that refuses what its journal says, or a machine that was driven where it cannot be: the seed must be named for these too.
            return error.ToString();
        }
    }

    private sealed class Sums
    {
        private long _events;
        private long _recoveredAgain;
        private long _steps;

        public long Restarts { get; private set; }

        public void Add(World world)
        {
            _events += world.Events;
            _steps += world.Now;
            _recoveredAgain += world.RecoveredAgain;
            Restarts += world.Restarts;
        }

        public string Over(int seeds) =>
            $"{_events / seeds} events, {_steps / seeds} steps, {(double)Restarts / seeds:F2} restarts of readers, {(double)_recoveredAgain / seeds:F3} recoveries begun anew";
    }
}
