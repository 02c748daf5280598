using System.CommandLine;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Node.Run;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream run</c>: one pipeline over a file, standard input or a bounded mock, to its end.</summary>
internal static class RunCommand
{
    private const string Standard = "-";

    public static Command Build()
    {
        var pipeline = new Option<string>("--pipeline") { Description = "the pipeline: YAML (also of the old engine), HOCON or JSON", HelpName = "FILE", Required = true };
        var input = new Option<string?>("--file", "--input") { Description = "events as JSON lines; - is standard input [default: the source that the pipeline names]", HelpName = "IN" };
        var output = new Option<string?>("--output") { Description = "results as JSON lines; - is standard output [default: the sinks that the pipeline names, else standard output]", HelpName = "OUT" };
        var data = new Option<string?>("--data") { Description = "where state is kept: a run that was killed goes on from there with the same command [default: a temporary folder, gone afterwards]", HelpName = "DIR" };
        var command = new Command("run", "Runs one pipeline of windows over a file, standard input or a mock with a count until its end, and prints a summary") { pipeline, input, output, data };
        command.SetAction(async (parsed, _) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var file = parsed.GetRequiredValue(pipeline);
            if (await GivenPipeline.ReadAsync(file, error) is not { } spec)
                return ExitCode.Failed;
            if (parsed.GetValue(input) is { } given)
                spec = spec with { Source = SourceSpec.OfFiles(given) with { IsBounded = true } };
            if (parsed.GetValue(output) is { } target)
                spec = spec with { Sinks = [target == Standard ? new SinkSpec(SinkKind.Console, "output", "") : new SinkSpec(SinkKind.File, "output", Path.GetFullPath(target))] };
            else if (spec.Sinks.Count == 0)
                spec = spec with { Sinks = [new SinkSpec(SinkKind.Console, "output", "")] };
            if (Refuse(spec) is { } refusal)
            {
                await error.WriteLineAsync(refusal);
                return ExitCode.Failed;
            }
            using var stop = new StopSignal();
            return await new PipelineRun(spec, parsed.GetValue(data), error, TimeProvider.System).RunAsync(stop.Token);
        });
        return command;
    }

    private static string? Refuse(PipelineSpec spec)
    {
        if (spec.Source.Mock is { Count: 0 })
            return "The pipeline reads a mock without end: give source.count, so many events, or run it in a cluster with actorstream node --pipeline FILE.";
        if (spec.Source.Kind is not (SourceKind.File or SourceKind.Mock))
            return $"The pipeline reads the topic {spec.Source.Topic}, which has no end: run it in a cluster with actorstream node --pipeline FILE, or give a file with --file.";
        if (SinkPlaces.Faults(spec, null).FirstOrDefault() is { } misplaced)
            return $"A run of one file allows {misplaced}.";
        foreach (var path in spec.Source.Paths.Where(p => p != Standard && !File.Exists(p)))
            return $"The input {path} does not exist; give the path of a file of JSON lines with --file, or - for standard input.";
        return null;
    }
}
