using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Pipelines;

namespace ActorStream.Node.Cli;

/// <summary><c>actorstream plan</c> and <c>actorstream apply</c>: a pipeline's file against the cluster that runs.</summary>
internal static class PipelineCommands
{
    /// <summary>A node waits at most so long for its database.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Command Plan() => Build("plan", "Shows what apply would do with a pipeline, step by step; changes nothing", WouldBe, static (http, edge, spec, mayDrop, cancel) =>
        http.PostAsync(Address(edge, spec, "/plan", mayDrop), BodyOf(spec), cancel));

    public static Command Apply() => Build("apply", "Makes a pipeline on the cluster that runs, or changes it where its state fits", static outcome => outcome, static (http, edge, spec, mayDrop, cancel) =>
        http.PutAsync(Address(edge, spec, "", mayDrop), BodyOf(spec), cancel));

    private static Command Build(string name, string description, Func<string, string> sayOutcome, Func<HttpClient, Uri, PipelineSpec, bool, CancellationToken, Task<HttpResponseMessage>> send)
    {
        var file = new Argument<string>("FILE") { Description = "the pipeline: YAML, HOCON or JSON" };
        var url = new Option<Uri?>("--url") { Description = $"an edge of the cluster; a token is taken from {Caller.TokenVariable}", HelpName = "URL", CustomParser = EdgeOf, DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080") };
        var drop = new Option<bool>("--drop") { Description = "what open windows of a removed window hold may be dropped" };
        var command = new Command(name, description) { file, url, drop };
        command.SetAction(async (parsed, cancel) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (await GivenPipeline.ReadAsync(parsed.GetRequiredValue(file), error) is not { } spec)
                return ExitCode.Failed;
            using var http = new HttpClient { Timeout = Patience }.WithToken();
            try
            {
                using var answer = await send(http, parsed.GetValue(url)!, spec, parsed.GetValue(drop), cancel);
                return await PrintAsync(spec.Id, answer, sayOutcome, output, error, cancel);
            }
            catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new CommandFailedException($"{parsed.GetValue(url)!} did not answer within {Patience.TotalSeconds:0} s. Ask with 'actorstream plan' what the pipeline is now.");
            }
        });
        return command;
    }

    /// <summary>A plan has done nothing: the route answers what PUT would, and a reader is told so.</summary>
    private static string WouldBe(string outcome) => outcome switch
    {
        "made" or "changed" or "refused" => $"would be {outcome}",
        "unchanged" => "would stay as it is",
        "drops" => "would lose state",
        "clashes" => "would clash",
        _ => outcome,
    };

    private static Uri? EdgeOf(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var given) && given.Scheme is "http" or "https")
            return given;
        result.AddError($"--url is '{result.Tokens[0].Value}'; give http://HOST:PORT.");
        return null;
    }

    private static Uri Address(Uri edge, PipelineSpec spec, string rest, bool mayDrop) => new(edge, $"/pipelines/{Uri.EscapeDataString(spec.Id)}{rest}{(mayDrop ? "?drop=true" : "")}");

    private static StringContent BodyOf(PipelineSpec spec) => new(PipelineJson.Write(spec, isMasked: false).ToJsonString(), Encoding.UTF8, "application/json");

    private static async Task<int> PrintAsync(string id, HttpResponseMessage answer, Func<string, string> sayOutcome, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        if (RootOf(await answer.Content.ReadAsStringAsync(cancel)) is not { } root)
            throw new CommandFailedException($"{answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode} and nothing that can be read; it may be no edge of this program.");
        if (answer.IsSuccessStatusCode)
            return await PrintPlanAsync(id, root, sayOutcome, output);
        await error.WriteLineAsync(TextOf(root, "detail") is { Length: > 0 } detail ? detail : $"The node answered {(int)answer.StatusCode}.");
        if (root.TryGetProperty("plan", out var plan))
            await PrintPlanAsync(id, plan, sayOutcome, output);
        return ExitCode.Failed;
    }

    /// <summary>A line for each step, and beneath it what it means.</summary>
    private static async Task<int> PrintPlanAsync(string id, JsonElement plan, Func<string, string> sayOutcome, TextWriter output)
    {
        var outcome = TextOf(plan, "outcome");
        await output.WriteLineAsync($"pipeline {id}: {sayOutcome(outcome)}{(TextOf(plan, "reason") is { Length: > 0 } reason ? $". {reason}" : "")}");
        var steps = plan.GetProperty("steps").EnumerateArray().Select(s => (Effect: TextOf(s, "effect"), What: TextOf(s, "what"), Change: ChangeOf(TextOf(s, "from"), TextOf(s, "to")), Why: TextOf(s, "why"))).ToList();
        var (effects, whats) = (steps.Select(s => s.Effect.Length).DefaultIfEmpty(0).Max(), steps.Select(s => s.What.Length).DefaultIfEmpty(0).Max());
        foreach (var (effect, what, change, why) in steps)
        {
            await output.WriteLineAsync($"  {effect.PadRight(effects)}  {what.PadRight(whats)}  {change}");
            await output.WriteLineAsync($"  {"".PadRight(effects)}  {"".PadRight(whats)}  {why}");
        }
        return outcome is "made" or "changed" or "unchanged" ? ExitCode.Done : ExitCode.Failed;
    }

    private static string ChangeOf(string from, string to) => from.Length == 0 ? $"new: {to}" : to.Length == 0 ? $"gone: {from}" : $"{from} -> {to}";

    private static string TextOf(JsonElement json, string name) => json.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static JsonElement? RootOf(string body)
    {
        try
        {
            return JsonDocument.Parse(body).RootElement is { ValueKind: JsonValueKind.Object } root ? root : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A pipeline's file on the command line.</summary>
internal static class GivenPipeline
{
    /// <summary>Null: there are faults, and they were told.</summary>
    public static async Task<PipelineSpec?> ReadAsync(string file, TextWriter error)
    {
        if (!File.Exists(file))
        {
            await error.WriteLineAsync($"The pipeline {file} does not exist; give the path of a YAML, HOCON or JSON file.");
            return null;
        }
        var reading = PipelineFile.Read(await File.ReadAllTextAsync(file), file);
        if (reading.Spec is { } spec)
            return spec;
        await error.WriteLineAsync($"{reading.Faults.Count} {(reading.Faults.Count == 1 ? "fault" : "faults")} in {file}:");
        foreach (var fault in reading.Faults)
            await error.WriteLineAsync($"  {fault}");
        return null;
    }
}
