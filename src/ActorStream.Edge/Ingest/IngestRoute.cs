using System.Buffers;
using System.Text.Json;
using ActorStream.Edge.Bodies;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Ingest;

/// <summary>Samples over HTTP (compatibility.md 1.4). Hot path: whole bodies in, whole batches out, nothing here happens per sample.</summary>
internal static class IngestRoute
{
    private static readonly byte[] Placeholder = [];

    public static void Map(IEndpointRouteBuilder app)
        => app.MapPost("/metrics", PostAsync).On(Listener.Edge)
            .Describe("Samples", "Stores one sample, or many; answered when they are durable", """{"accepted":2,"rejected":[{"index":1,"detail":"..."}]}""")
            .Body("""[{"name":"packages-received","value":501,"tags":{"host":"a"},"ts":"2026-01-01T00:00:00Z"}]""", ndJsonToo: true);
}
