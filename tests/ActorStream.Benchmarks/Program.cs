using System.Runtime.InteropServices;
using ActorStream.Benchmarks;

// Usage: dotnet run -c Release --project tests/ActorStream.Benchmarks [-- NAME …] [--samples N] [--seconds N]
// Rows with nodes as processes of their own run the published program that ACTORSTREAM_NODE names: dotnet publish src/ActorStream.Node -c Release -r linux-x64 -o out; ACTORSTREAM_NODE=out/actorstream.dll
var names = args.Where(a => !a.StartsWith("--", StringComparison.Ordinal) && !long.TryParse(a, out _)).ToArray();
var samples = Option("--samples", 100_000_000);
var seconds = (int)Option("--seconds", 30);
var rows = new List<Row>();

if (Wanted("alarms"))
{
    var (perSecond, alarms) = await AlarmThroughput.RunAsync(samples);
    Print(alarms);
    Print([(await NaivePersist.RunAsync(10, perSecond)).Row]);
}
if (Wanted("rules"))
    Print(RuleEvaluation.Run(Math.Min(seconds, 10)));
if (Wanted("ingest"))
    Print(await Ingest.RunAsync(seconds));
if (Wanted("latency"))
{
    Print(await AlarmLatency.RunAsync(seconds));
    Print(await AlarmLatency.RunPostgresAsync(seconds));
    Print(await AlarmLatency.RunThreeAsync(seconds));
}
if (Wanted("backlog"))
    Print(await NoticeBacklog.RunAsync());
if (Wanted("windows"))
    Print(await WindowThroughput.RunAsync(Option("--samples", 20_000_000)));
if (Wanted("windows") || Wanted("windows-latency"))
    Print(await WindowLatency.RunAsync(seconds));
if (Wanted("windows"))
    Print(await WindowKeys.RunAsync());
if (Wanted("windows-postgres"))
    Print(await WindowsOnPostgres.RunAsync(Option("--samples", 10_000_000)));
if (Wanted("recovery"))
    Print(await WindowRecovery.RunAsync());
if (Wanted("kafka"))
    Print(await KafkaIn.RunAsync(Option("--samples", 10_000_000)));
if (Wanted("startup"))
    Print(await AlarmLatency.StartupAsync());
if (Wanted("memory"))
    Print(await Memory.RunAsync());

Console.WriteLine();
Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores");
Console.WriteLine("| what | figure | includes |");
Console.WriteLine("|---|---|---|");
rows.ForEach(Console.WriteLine);
return 0;

bool Wanted(string name) => names.Length == 0 || names.Contains(name);

long Option(string name, long otherwise) => Array.IndexOf(args, name) is var at and >= 0 ? long.Parse(args[at + 1].Replace("_", "")) : otherwise;

void Print(IReadOnlyList<Row> more)
{
    rows.AddRange(more);
    foreach (var row in more)
        Console.WriteLine(row);
}
