using ActorStream.Domain.Records;
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

/// <summary>Pipelines made, changed, drained and deleted over HTTP.</summary>
internal static class PipelineEditRoutes
{
    private const string What = "pipeline";
    private const int DrainRetrySeconds = 5;
    private const string Minimal = """{"source":{"type":"topic","topic":"orders-in"},"windows":[{"type":"tumbling","size_ms":10000}]}""";
    private const string Plan = """{"id":"orders","outcome":"changed","steps":[{"what":"windows.session","from":"","to":"session with a gap of 30000 ms","effect":"keeps","why":"It begins with the events that are read from here on."}]}""";
    private const string DropMeaning = "true: what open windows of a removed window hold may be dropped";
    private const string IfMatchMeaning = "ETag of the version this changes; 412 when the pipeline is at another one";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPut("/pipelines/{id}", PutAsync).On(Listener.Edge).Needs(Scopes.Control)
            .Describe(PipelineRoutes.Tag, "Makes a pipeline (201), or makes it this (200) where its state fits; 409 with the plan where it does not. ETag: its version", Plan).Body(Minimal).Query("drop", DropMeaning).Header("If-Match", IfMatchMeaning);
        app.MapPost("/pipelines/{id}/plan", PlanAsync).On(Listener.Edge).Needs(Scopes.Control)
            .Describe(PipelineRoutes.Tag, "What PUT would do, step by step; changes nothing", Plan).Body(Minimal).Query("drop", DropMeaning);
        app.MapDelete("/pipelines/{id}", DeleteAsync).On(Listener.Edge).Needs(Scopes.Control)
            .Describe(PipelineRoutes.Tag, "Ends it; state and results stay, and one made again under its id goes on from there", """{"message":"Pipeline orders deleted"}""").Header("If-Match", IfMatchMeaning);
        app.MapPost("/pipelines/{id}/drain", DrainAsync).On(Listener.Edge).Needs(Scopes.Control)
            .Describe(PipelineRoutes.Tag, "Processes what its source holds now and stops it; answered when all its results are in all its sinks", """{"message":"Pipeline orders drained"}""");
    }

    public static async Task DeleteAsync(HttpContext context, INodeFacade node, string id)
    {
        if (await IfMatch.ReadAsync(context, What) is not (true, var positions))
            return;
        var removal = await node.Pipelines.DeleteAsync(id, positions, context.RequestAborted);
        await (removal.Kind switch
        {
            PipelineRemovalKind.Removed => Reply.WriteAsync(context, new MessageView($"Pipeline {id} deleted"), JsonShapes.Default.MessageView),
            PipelineRemovalKind.Clashes => Problem.WriteAsync(context, StatusCodes.Status409Conflict, removal.Sentence!),
            PipelineRemovalKind.Moved => IfMatch.RefuseAsync(context, AskedPipeline.Find(node, id)?.Position, What),
            _ => AskedPipeline.RefuseAsync(context, id),
        });
    }

    public static async Task DrainAsync(HttpContext context, INodeFacade node, string id)
    {
        if (await AskedPipeline.FindOrRefuseAsync(context, node, id) is not { } pipeline)
            return;
        if (await node.Pipelines.DrainAsync(pipeline.Spec, context.RequestAborted) is { } missing)
            await Problem.WriteUnavailableAsync(context, missing, DrainRetrySeconds);
        else
            await Reply.WriteAsync(context, new MessageView($"Pipeline {id} drained"), JsonShapes.Default.MessageView);
    }

    private static async Task PutAsync(HttpContext context, INodeFacade node, EdgeOptions options, string id)
    {
        if (await IfMatch.ReadAsync(context, What) is not (true, var positions) || await MayDropOrRefuseAsync(context) is not { } mayDrop || await PipelineBodies.ReadAsync(context, options, id) is not { } spec)
            return;
        var outcome = await node.Pipelines.ApplyAsync(spec, mayDrop, positions, context.RequestAborted);
        await (outcome.Kind switch
        {
            PipelineOutcomeKind.Made => AnswerAsync(context, id, outcome, StatusCodes.Status201Created),
            PipelineOutcomeKind.Changed or PipelineOutcomeKind.Unchanged => AnswerAsync(context, id, outcome, StatusCodes.Status200OK),
            PipelineOutcomeKind.Faulty => FaultyAsync(context, outcome),
            PipelineOutcomeKind.Moved => IfMatch.RefuseAsync(context, outcome.Position == PartitionId.None ? null : outcome.Position, What),
            _ => PlanView.RefuseAsync(context, id, outcome),
        });
    }

    private static async Task PlanAsync(HttpContext context, INodeFacade node, EdgeOptions options, string id)
    {
        if (await MayDropOrRefuseAsync(context) is not { } mayDrop || await PipelineBodies.ReadAsync(context, options, id) is not { } spec)
            return;
        var outcome = node.Pipelines.Plan(spec, mayDrop);
        await (outcome.Kind == PipelineOutcomeKind.Faulty ? FaultyAsync(context, outcome) : AnswerAsync(context, id, outcome, StatusCodes.Status200OK));
    }

    private static Task AnswerAsync(HttpContext context, string id, PipelineOutcome outcome, int status)
    {
        if (outcome.Position != PartitionId.None)
            context.Response.Headers.ETag = IfMatch.TagOf(outcome.Position);
        return Reply.WriteAsync(context, PlanView.Of(id, outcome), JsonShapes.Default.PlanView, status);
    }

    private static Task FaultyAsync(HttpContext context, PipelineOutcome outcome) => Problem.WriteAsync(context, StatusCodes.Status400BadRequest, string.Join(" ", outcome.Faults), outcome.Faults);

    /// <summary>Null: answered with 400.</summary>
    private static async ValueTask<bool?> MayDropOrRefuseAsync(HttpContext context)
    {
        var drop = context.Request.Query["drop"].ToString();
        if (drop.Length == 0 || bool.TryParse(drop, out _))
            return drop.Length > 0 && bool.Parse(drop);
        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"drop is '{Problem.Excerpt(drop)}'; give true or false.");
        return null;
    }
}
