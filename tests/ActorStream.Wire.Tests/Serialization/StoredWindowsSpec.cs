using System.Runtime.CompilerServices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Serialization;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>A journal of windows of version 3, whose states do not say of which windows they are: a snapshot, two events behind it, and what its windows said afterwards. The files are never changed.</summary>
public sealed class StoredWindowsSpec
{
    private static readonly PartitionId Partition = new("pipeline.sensors", "events", 1, 0);
    private static readonly string[] Manifests = ["ws", "wc", "wc"];

    private static readonly WindowPlan Plan = new("sensors", [WindowSpec.Tumbling(10_000, 5_000), WindowSpec.Sliding(25_000, 10_000), WindowSpec.Session(3_000, 60_000)], "results")
    {
        Aggregates = AggregateKind.Last | AggregateKind.StdDev | AggregateKind.Distinct | AggregateKind.Quantiles,
    };

    [Fact]
    public void Windows_go_on_from_a_journal_of_version_3_and_say_what_they_would_have_said()
    {
        if (Environment.GetEnvironmentVariable("ACTORSTREAM_WRITE_GOLDEN") == "1")
            Write();
        var state = new WindowState(Plan);

        state.Restore((IStateSnapshot)Stored(0));
        state.Fold((IStateChange)Stored(1));
        state.Fold((IStateChange)Stored(2));

        Assert.Equal(File.ReadAllText(PathOf("results.txt", AppContext.BaseDirectory)), Ended(state));
    }

    private static object Stored(int index) =>
        new ActorStreamSerializer(null!).FromBinary(File.ReadAllBytes(PathOf($"{index}.{Manifests[index]}.bin", AppContext.BaseDirectory)), Manifests[index]);

    private static void Write([CallerFilePath] string thisFile = "")
    {
        var folder = Path.Combine(Path.GetDirectoryName(thisFile)!, "..");
        if (File.Exists(PathOf("results.txt", folder)))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("results.txt", folder))!);
        var (state, random) = (new WindowState(Plan), new Random(4711));
        for (var i = 0; i < Manifests.Length; i++)
        {
            Feed(state, i, random);
            object stored = i == 0 ? state.CaptureAll()! : state.Capture()!;
            if (i == 0)
                state.Capture();
            File.WriteAllBytes(PathOf($"{i}.{Manifests[i]}.bin", folder), WireForms.Of(Manifests[i]).Encode(stored));
        }
        File.WriteAllText(PathOf("results.txt", folder), Ended(state));
    }

    private static void Feed(WindowState state, int round, Random random)
    {
        const int count = 60;
        var (columns, index) = (new EventColumns
        {
            Offsets = [.. Enumerable.Range(round * count, count).Select(static i => (long)i)],
            Times = [.. Enumerable.Range(0, count).Select(i => (round * 20_000L) + (i * 600) - random.Next(8_000))],
            WatermarksBefore = [.. Enumerable.Range(0, count).Select(i => (round * 20_000L) + (i * 600) - 12_000)],
            Values = [.. Enumerable.Range(0, count).Select(_ => random.Next(100) / 4.0)],
            KeyIndexes = [.. Enumerable.Range(0, count).Select(_ => random.Next(4))],
            Keys = ["north", "south", "größer", "🚀"],
            KeyBytesMax = 8,
        }, 0);
        state.Apply(Partition, new EventBatch(columns, 0, count), ref index, new Said());
        state.Tick(Partition, new Tick((round * 20_000) + 15_000, PartitionId.NoTime), new Said());
    }

    private static string Ended(WindowState state)
    {
        var said = new Said();
        state.Tick(Partition, new Tick(PartitionId.EndOfTime, PartitionId.NoTime), said);
        return $"{state.Books with { Specs = [] }}\n{string.Join('\n', state.Books.Specs)}\n{string.Concat(said.Results.Select(static r => Described.Of(r with { Data = r.Data with { Ranks = null } })))}";
    }

    private static string PathOf(string file, string folder) => Path.Combine(folder, "Golden", "v3", "windows", file);

    private sealed class Said : IOutputs
    {
        public List<WindowResult> Results { get; } = [];

        public bool Full => false;

        public bool IsEmpty => true;

        public void Emit(string topic, string key, IOutput output, long causeOffset) => Results.Add((WindowResult)output);
    }
}
