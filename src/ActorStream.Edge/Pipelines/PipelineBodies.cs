using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Edge.Bodies;
using ActorStream.Edge.Errors;
using ActorStream.Hosting.Pipelines;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Pipelines;

/// <summary>From a request's body to a pipeline, or to the refusal with every fault.</summary>
internal static class PipelineBodies
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Null: answered (400, 413, 415).</summary>
    /// <param name="id">As the route names it; the body says the same or nothing.</param>
    public static async Task<PipelineSpec?> ReadAsync(HttpContext context, EdgeOptions options, string id)
    {
        if (await BodyKinds.OfAsync(context, ndJsonToo: false) == BodyKind.Refused)
            return null;
        using var body = await BodyReader.ReadAsync(context, EdgeOptions.PipelineBytesMax, options.DiscardBytesMax);
        if (body is null)
            return null;
        var reading = Read(body.Memory.Span, id);
        List<string> faults = [.. reading.Faults];
        if (reading.Spec is { } spec && spec.Id != id)
            faults.Add($"id is \"{Problem.Excerpt(spec.Id)}\" and the route names {Problem.Excerpt(id)}; leave it out, or give the same.");
        if (faults.Count == 0)
            return reading.Spec;
        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, string.Join(" ", faults), faults);
        return null;
    }

    private static PipelineReading Read(ReadOnlySpan<byte> body, string id)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: Strict) is JsonObject json
                ? PipelineFile.Read(json, id)
                : new PipelineReading(null, ["The body is no JSON object; send one as GET /pipelines/{id} gives it."]);
        }
        // The second: half of a character in a text, which is only seen when it is read.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new PipelineReading(null, [$"The body is no JSON: {e.Message}"]);
        }
    }
}
