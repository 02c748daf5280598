using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Runs seeds of one kind of world.</summary>
/// <param name="test">Name of the test, for the command that repeats a seed.</param>
internal sealed class Sweep(ITestOutputHelper output, string test, Func<long, PlantedFault, Action<string>?, World> make)
{
    private const string SeedsVariable = "ACTORSTREAM_SIM_SEEDS";
    private const string SeedVariable = "ACTORSTREAM_SIM_SEED";

    public void NoSeedBreaksAPromise(int seedsUnlessAsked)
    {
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } one)
        {
            make(long.Parse(one), PlantedFault.None, output.WriteLine).Run();
            return;
        }
        var seeds = int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), out var asked) ? asked : seedsUnlessAsked;
        var clock = Stopwatch.StartNew();
        var sums = new Sums();

        var broken = new List<string>();
        Parallel.For(1, seeds + 1, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
        {
            var world = make(seed, PlantedFault.None, null);
            var failure = Outcome(world);
            lock (broken)
            {
                sums.Add(world);
                if (failure is not null)
                    broken.Add($"seed {seed}: {failure}\n  repeat: {SeedVariable}={seed} dotnet test tests/ActorStream.Domain.Tests --filter {test}");
            }
        });

        output.WriteLine($"{seeds} seeds in {clock.Elapsed.TotalSeconds:F1} s; per world {sums.Over(seeds)}");
        Assert.True(broken.Count == 0, $"{broken.Count} of {seeds} seeds broke a promise\n{string.Join('\n', broken.Take(20))}");
        Assert.True(seeds < 200 || sums.Restarts > seeds / 10, "the faults hardly touched anybody: the worlds are too kind to show anything");
    }

    public void Catches(string name, int seedsMax, int firstSeed)
    {
        var fault = Enum.Parse<PlantedFault>(name);

        for (var seed = firstSeed; seed < firstSeed + seedsMax; seed++)
        {
            if (Outcome(make(seed, fault, null)) is not { } failure)
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
