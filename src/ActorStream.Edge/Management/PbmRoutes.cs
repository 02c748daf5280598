using ActorStream.Edge.Errors;
using ActorStream.Edge.Pipelines;
using ActorStream.Edge.Rules;
using ActorStream.Edge.Security;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Management;

/// <summary>What <c>pbm</c> speaks. Everything that changes something is a POST.</summary>
internal static class PbmRoutes
{
    private static IReadOnlyList<string> ShardTypes => EntityTypes.All;

    public static void Map(IEndpointRouteBuilder app)
    {
        var pbm = app.MapGroup("/pbm");
        pbm.MapGet("/cluster", ViewRoutes.ClusterAsync).Needs(Scopes.Read);
        pbm.MapGet("/cluster/status", StatusAsync).Needs(Scopes.Read);
        pbm.MapPost("/cluster/leave", LeaveAsync).Needs(Scopes.Control);
        pbm.MapPost("/cluster/down", DownAsync).Needs(Scopes.Control);
        pbm.MapGet("/sharding", ShardTypesAsync).Needs(Scopes.Read);
        pbm.MapGet("/sharding/{type}", ShardRegionsAsync).Needs(Scopes.Read);
        pbm.MapGet("/sources", SourcesAsync).Needs(Scopes.Read);
        pbm.MapGet("/notices", NoticesAsync).Needs(Scopes.Read);
        pbm.MapGet("/alarms", AlarmRoutes.ListAsync).Needs(Scopes.Read);
        pbm.MapGet("/alarms/explain/{id}", AlarmRoutes.GetAsync).Needs(Scopes.Read);
        pbm.MapGet("/webhooks", AlarmRoutes.WebhooksAsync).Needs(Scopes.Read);
        pbm.MapGet("/alarms/entity", AlarmEntityAsync).Needs(Scopes.Read);
        pbm.MapGet("/rules", (HttpContext context, INodeFacade node) => RuleList.WriteAsync(context, node, mayShowSecrets: false)).Needs(Scopes.Read);
        pbm.MapGet("/pipelines", PipelineRoutes.ListAsync).Needs(Scopes.Read);
        pbm.MapGet("/pipelines/{id}", PipelineRoutes.GetAsync).Needs(Scopes.Read);
        pbm.MapPost("/pipelines/{id}/start", PipelineRoutes.StartAsync).Needs(Scopes.Control);
        pbm.MapPost("/pipelines/{id}/stop", PipelineRoutes.StopAsync).Needs(Scopes.Control);
        pbm.MapPost("/pipelines/{id}/drain", PipelineEditRoutes.DrainAsync).Needs(Scopes.Control);
        pbm.MapPost("/pipelines/{id}/delete", PipelineEditRoutes.DeleteAsync).Needs(Scopes.Control);
        pbm.MapGet("/windows", PipelineRoutes.WindowsAsync).Needs(Scopes.Read);
        pbm.MapGet("/checkpoints", PipelineRoutes.CheckpointsAsync).Needs(Scopes.Read);
        pbm.MapGet("/watermarks", PipelineRoutes.WatermarksAsync).Needs(Scopes.Read);
        pbm.MapGet("/dead-letters", ViewRoutes.DeadLettersAsync).Needs(Scopes.Read);
    }

    private static async Task StatusAsync(HttpContext context, INodeFacade node)
    {
        var cluster = await node.ClusterAsync(context.RequestAborted);
        var why = await Readiness.WhyNotAsync(node, context.RequestAborted);
        await Reply.WriteAsync(context, ClusterStatusView.Of(cluster, why), JsonShapes.Default.ClusterStatusView);
    }

    private static async Task LeaveAsync(HttpContext context, INodeFacade node)
    {
        var address = context.Request.Query["address"].ToString() is { Length: > 0 } given ? given : null;
        if (await node.LeaveAsync(address, context.RequestAborted))
            await WriteAsync(context, $"{address ?? "This node"} hands over and leaves the cluster.");
        else
            await NoSuchMemberAsync(context, address);
    }

    private static async Task DownAsync(HttpContext context, INodeFacade node)
    {
        var address = context.Request.Query["address"].ToString();
        if (address.Length == 0)
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "address is missing; name the member to be declared dead, as 'cluster show' lists it.");
        else if (await node.DownAsync(address, context.RequestAborted))
            await WriteAsync(context, $"{address} is declared dead; its work moves to the other members.");
        else
            await NoSuchMemberAsync(context, address);
    }

    private static async Task ShardTypesAsync(HttpContext context, INodeFacade node)
    {
        var types = new List<ShardTypeView>();
        foreach (var type in ShardTypes)
            types.Add(ShardTypeView.Of(type, await node.ShardRegionsAsync(type, context.RequestAborted)));
        await Reply.WriteAsync(context, types, JsonShapes.Default.IReadOnlyListShardTypeView);
    }

    private static async Task ShardRegionsAsync(HttpContext context, INodeFacade node, string type)
    {
        if (!ShardTypes.Contains(type))
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no entity type '{Problem.Excerpt(type)}'; there are {string.Join(", ", ShardTypes)}.");
        else
            await Reply.WriteAsync(context, await node.ShardRegionsAsync(type, context.RequestAborted), JsonShapes.Default.IReadOnlyListShardRegionView);
    }

    private static async Task SourcesAsync(HttpContext context, INodeFacade node)
        => await Reply.WriteAsync(context, await node.SourcesAsync(context.RequestAborted), JsonShapes.Default.IReadOnlyListSourceView);

    private static async Task NoticesAsync(HttpContext context, INodeFacade node)
        => await Reply.WriteAsync(context, await node.NoticesAsync(context.RequestAborted), JsonShapes.Default.IReadOnlyListNoticeGroupView);

    // The name travels in the query: it may hold slashes and dots.
    private static async Task AlarmEntityAsync(HttpContext context, INodeFacade node)
    {
        var metric = context.Request.Query["metric"].ToString();
        if (metric.Length == 0)
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "metric is missing; name the metric whose alarms are asked for.");
        else if (await node.AlarmEntityAsync(metric, context.RequestAborted) is { } view)
            await Reply.WriteAsync(context, view, JsonShapes.Default.MetricAlarmView);
        else
            await Problem.WriteUnavailableAsync(context, $"The entity of metric '{Problem.Excerpt(metric)}' did not answer in time; what it knows is unknown. Ask again.", 1);
    }

    private static Task WriteAsync(HttpContext context, string message) => Reply.WriteAsync(context, new MessageView(message), JsonShapes.Default.MessageView);

    private static Task NoSuchMemberAsync(HttpContext context, string? address)
        => Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"The cluster has no member {Problem.Excerpt(address ?? "here")}; 'cluster show' lists the members.");
}
