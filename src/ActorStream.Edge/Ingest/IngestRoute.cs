using ActorStream.Edge.Bodies;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Ingest;

/// <summary>Samples over HTTP (compatibility.md 1.4). Hot path: whole bodies in, whole batches out, nothing here happens per sample.</summary>
internal static class IngestRoute
{
    public static void Map(IEndpointRouteBuilder app)
        => app.MapPost("/metrics", PostAsync).On(Listener.Edge).Needs(Scopes.MetricsWrite)
            .Describe("Samples", "Stores one sample, or many; answered when they are durable", """{"accepted":2,"rejected":[{"index":1,"detail":"value is \"x\"; it must be a JSON number."}]}""")
            .Body("""[{"name":"packages-received","value":501,"tags":{"host":"a"},"ts":"2026-01-01T00:00:00Z"}]""", ndJsonToo: true)
            .Header(IdempotencyKey.Header, "1 to 200 visible ASCII characters: a request with the same key within 24 h is stored once, and told so by Idempotency-Replayed; other samples under the key are 422")
            .Header("Content-Encoding", "gzip; at most 16 MiB after inflation");

    private static async Task PostAsync(HttpContext context, INodeFacade node, EdgeOptions options, IngestPool pool, EdgeMeters meters, TimeProvider time)
    {
        if (node.WhyNotIngest() is { } full)
        {
            await Problem.WriteUnavailableAsync(context, full.Sentence, full.RetryAfterSeconds);
            return;
        }
        if (await IdempotencyKey.ReadAsync(context) is not (true, var key))
            return;
        var kind = await BodyKinds.OfAsync(context, ndJsonToo: true, gzipToo: true);
        if (kind == BodyKind.Refused)
            return;
        using var body = await BodyAsync(context, options);
        if (body is null)
            return;
        var ingest = pool.Rent();
        var outcome = ingest.Read(body.Memory.Span, kind == BodyKind.NdJson, time.GetUtcNow().ToUnixTimeMilliseconds());
        var isNew = outcome.Tally.Accepted == 0 || await node.AppendMetricsAsync(BatchesOf(ingest), key, context.RequestAborted);
        // Not in a finally: after a failure a writer of the store may still be reading its batches.
        pool.Return(ingest);
        if (isNew)
            meters.Counted(outcome.Tally.Accepted, outcome.Tally.RejectedTotal);
        else
            context.Response.Headers[IdempotencyKey.Replayed] = "true";
        await AnswerAsync(context, outcome);
    }

    /// <summary>Null: answered.</summary>
    private static async ValueTask<PooledBody?> BodyAsync(HttpContext context, EdgeOptions options)
    {
        var body = await BodyReader.ReadAsync(context, options.BodyBytesMax, options.DiscardBytesMax);
        if (body is null || !BodyKinds.IsGzip(context))
            return body;
        using (body)
            return await GzipBody.InflateAsync(context, body, options.BodyBytesMax);
    }

    private static List<NewBatch> BatchesOf(SampleIngest ingest)
    {
        var batches = new List<NewBatch>();
        foreach (var (partition, batch) in ingest.Batches)
            batches.Add(new NewBatch(partition, batch.Count, batch.Written));
        return batches;
    }

    private static Task AnswerAsync(HttpContext context, IngestOutcome outcome) => outcome switch
    {
        { Fault: IngestFault.NotJson } => Problem.WriteAsync(context, StatusCodes.Status400BadRequest, outcome.Detail!),
        { Fault: IngestFault.WrongShape } => Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, outcome.Detail!),
        { IsSingle: true, Tally.Accepted: 0 } => Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, outcome.Tally.Rejected[0].Detail),
        { IsSingle: true } => IngestReplies.WriteEchoAsync(context, outcome.Name!, outcome.ValueText!),
        _ => IngestReplies.WriteTallyAsync(context, outcome.Tally),
    };
}
