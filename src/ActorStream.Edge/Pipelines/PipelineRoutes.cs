using System.Text.Json;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Rules;
using ActorStream.Edge.Security;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Pipelines;

/// <summary>Pipelines of windows over HTTP (compatibility.md section 2).</summary>
internal static class PipelineRoutes
{
    internal const string Tag = "Pipelines";
    private const string PipelineId = "pipeline_id";
    private const string After = "after";
    private const int CheckpointRetrySeconds = 5;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/pipelines", ListAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "All pipelines and whether they run", """{"pipelines":[{"id":"orders","name":"orders","running":true,"window_configs":[{"type":"tumbling","size_ms":10000,"slide_ms":null,"gap_ms":null}]}]}""");
        app.MapGet("/pipelines/{id}", GetAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "One pipeline with every setting. ETag: its version", null);
        app.MapGet("/pipelines/{id}/stats", StatsAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "What became of its events and windows", null);
        app.MapPost("/pipelines/{id}/start", StartAsync).On(Listener.Edge).Needs(Scopes.Control).Describe(Tag, "Goes on where it was stopped; on every node within 1 s", """{"message":"Pipeline orders started"}""");
        app.MapPost("/pipelines/{id}/stop", StopAsync).On(Listener.Edge).Needs(Scopes.Control).Describe(Tag, "Drains its readers; its source is kept for it until it is started again", """{"message":"Pipeline orders stopped"}""");
        PipelineEditRoutes.Map(app);
        app.MapGet("/watermarks", WatermarksAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "How far event time has come, per partition, and who holds it back", null).Query(PipelineId, "Only this one");
        app.MapGet("/windows", WindowsAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "Windows that are held, first by start", null).Query(PipelineId, "Only this one's").Query("limit", "1 to 1000, default 100");
        app.MapGet("/state", StateAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "Where state is kept and how much it is", """{"state_store":{"backend":"sqlite","path":"/var/lib/actorstream","approximate_size":40960}}""");
        app.MapGet("/checkpoints", CheckpointsAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "What a restart would go on from: commit rows of sources, events and snapshots of key groups", null)
            .Query(PipelineId, "Only this one's").Query("limit", "Key groups, 1 to 1000, default 100").Query(After, "As the Link of the page before has it");
        app.MapPost("/checkpoint", CheckpointAsync).On(Listener.Edge).Needs(Scopes.Control).Describe(Tag, "Answered when everything that running pipelines had in their sources is durably processed", """{"message":"Checkpoint created","timestamp":"2026-01-01T00:00:00+00:00","checkpoint_size":12}""");
    }

    public static Task ListAsync(HttpContext context, INodeFacade node) => Reply.WriteAsync(context, PipelinesReply.Of(node.Pipelines.All), JsonShapes.Default.PipelinesReply);

    public static async Task GetAsync(HttpContext context, INodeFacade node, string id)
    {
        if (await AskedPipeline.FindOrRefuseAsync(context, node, id) is not { } pipeline)
            return;
        context.Response.Headers.ETag = IfMatch.TagOf(pipeline.Position);
        using var json = JsonDocument.Parse(PipelineJson.Write(pipeline.Spec).ToJsonString());
        await Reply.WriteAsync(context, json.RootElement, JsonShapes.Default.JsonElement);
    }

    private static async Task StatsAsync(HttpContext context, INodeFacade node, string id)
    {
        if (await AskedPipeline.FindOrRefuseAsync(context, node, id) is not { } pipeline)
            return;
        var figures = await PipelineFigures.OfAsync(node.Pipelines, pipeline.Spec, context.RequestAborted);
        var activity = await node.Pipelines.ActivityAsync(context.RequestAborted);
        await Reply.WriteAsync(context, PipelineStatsView.Of(pipeline, figures, activity.FirstOrDefault(a => a.PipelineId == id)), JsonShapes.Default.PipelineStatsView);
    }

    public static Task StartAsync(HttpContext context, INodeFacade node, string id) => RunAsync(context, node, id, isRunning: true);

    public static Task StopAsync(HttpContext context, INodeFacade node, string id) => RunAsync(context, node, id, isRunning: false);

    public static async Task WatermarksAsync(HttpContext context, INodeFacade node, TimeProvider time)
    {
        if (await AskedForAsync(context, node) is { } pipelines)
            await Reply.WriteAsync(context, WatermarksView.Of(node.Pipelines, pipelines, time.GetUtcNow()), JsonShapes.Default.WatermarksView);
    }

    public static async Task WindowsAsync(HttpContext context, INodeFacade node)
    {
        if (await Reply.LimitOrRefuseAsync(context) is not { } limit || await AskedForAsync(context, node) is not { } pipelines)
            return;
        var held = await Task.WhenAll(pipelines.Select(p => node.Pipelines.WindowsAsync(p.Spec, limit, context.RequestAborted)));
        await Reply.WriteAsync(context, WindowsView.Of(held, limit), JsonShapes.Default.WindowsView);
    }

    private static Task StateAsync(HttpContext context, INodeFacade node) => Reply.WriteAsync(context, StateView.Of(node.Pipelines.StateStore), JsonShapes.Default.StateView);

    public static async Task CheckpointsAsync(HttpContext context, INodeFacade node)
    {
        if (await Reply.LimitOrRefuseAsync(context) is not { } limit || await AskedForAsync(context, node) is not { } pipelines)
            return;
        var after = context.Request.Query[After].ToString() is { Length: > 0 } mark ? mark : null;
        var stored = await Task.WhenAll(pipelines.Select(p => node.Pipelines.StoredAsync(p, context.RequestAborted)));
        if (CheckpointsView.Of(stored, after, limit) is not { } view)
        {
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"after is '{Problem.Excerpt(after!)}', and no key group asked for has that mark; take it from the Link of the page before.");
            return;
        }
        if (view.Next is { } next)
            Reply.LinkNext(context, (After, next));
        await Reply.WriteAsync(context, view, JsonShapes.Default.CheckpointsView);
    }

    private static async Task CheckpointAsync(HttpContext context, INodeFacade node)
    {
        var checkpoint = await node.Pipelines.CheckpointAsync(context.RequestAborted);
        if (checkpoint.Missing is { } missing)
            await Problem.WriteUnavailableAsync(context, missing, CheckpointRetrySeconds);
        else
            await Reply.WriteAsync(context, new CheckpointReply("Checkpoint created", checkpoint.At, checkpoint.OpenWindows), JsonShapes.Default.CheckpointReply);
    }

    private static async Task RunAsync(HttpContext context, INodeFacade node, string id, bool isRunning)
    {
        if (await node.Pipelines.RunAsync(id, isRunning, context.RequestAborted))
            await Reply.WriteAsync(context, new MessageView($"Pipeline {id} {(isRunning ? "started" : "stopped")}"), JsonShapes.Default.MessageView);
        else
            await AskedPipeline.RefuseAsync(context, id);
    }

    /// <summary>Null: answered with 404.</summary>
    private static async ValueTask<IReadOnlyList<PipelineView>?> AskedForAsync(HttpContext context, INodeFacade node)
    {
        var id = context.Request.Query[PipelineId].ToString();
        if (id.Length == 0)
            return node.Pipelines.All;
        return await AskedPipeline.FindOrRefuseAsync(context, node, id) is { } one ? [one] : null;
    }
}
