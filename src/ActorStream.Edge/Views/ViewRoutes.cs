using ActorStream.Edge.Docs;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Pipelines;
using ActorStream.Edge.Security;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Views;

/// <summary>What users read of a node: health, cluster, dead letters.</summary>
internal static class ViewRoutes
{
    private const string Limit = "limit";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/health", HealthAsync).On(Listener.Edge).OpenToAll().Describe("Node", "Whether this node judges samples", """{"status":"healthy","timestamp":"2026-01-01T00:00:00+00:00","processor_running":true}""");
        app.MapGet("/status", StatusAsync).On(Listener.Edge).Needs(Scopes.Read).Describe("Node", "What the node is doing without, e.g. a broker that does not answer; what all pipelines do, and each", null);
        app.MapGet("/cluster", ClusterAsync).On(Listener.Edge).Needs(Scopes.Read).Describe("Node", "Members and shards; what did not answer is null and listed in 'unknown'", null);
        app.MapGet("/dead-letters", DeadLettersAsync).On(Listener.Edge).Needs(Scopes.Read).Describe("Node", "What was refused after it had a position, newest first", null).Query(Limit, "1 to 1000, default 100");
    }

    public static async Task HealthAsync(HttpContext context, INodeFacade node, TimeProvider time)
    {
        var why = await Readiness.WhyNotAsync(node, context.RequestAborted);
        var view = new HealthView(why is null ? "healthy" : "unhealthy", time.GetUtcNow(), why is null, why);
        await Reply.WriteAsync(context, view, JsonShapes.Default.HealthView, why is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Always 200: whoever asks wants to know the state, not whether to send traffic.</summary>
    public static async Task StatusAsync(HttpContext context, INodeFacade node, TimeProvider time)
    {
        var why = await Readiness.WhyNotAsync(node, context.RequestAborted);
        StatusStats? stats = null;
        try
        {
            stats = await StatusStats.OfAsync(node.Pipelines, context.RequestAborted);
            why ??= node.Pipelines.All.Where(p => p.IsRunning && p.Trouble is not null).Select(p => $"Pipeline {p.Spec.Id}: {p.Trouble}").FirstOrDefault();
        }
        catch (StorageUnavailableException e)
        {
            why ??= e.Message;
        }
        await Reply.WriteAsync(context, new NodeStatusView(why is null ? "running" : "degraded", why, stats, time.GetUtcNow()), JsonShapes.Default.NodeStatusView);
    }

    public static async Task ClusterAsync(HttpContext context, INodeFacade node)
        => await Reply.WriteAsync(context, await node.ClusterAsync(context.RequestAborted), JsonShapes.Default.ClusterView);

    public static async Task DeadLettersAsync(HttpContext context, INodeFacade node)
    {
        if (await Reply.LimitOrRefuseAsync(context) is { } limit)
            await Reply.WriteAsync(context, DeadLettersView.Of(node.DeadLetters(limit)), JsonShapes.Default.DeadLettersView);
    }
}
