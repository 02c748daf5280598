using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Management;

/// <summary>What orchestrators ask: is the process alive, may it get work.</summary>
internal static class ManagementRoutes
{
    private const int NotReadyRetrySeconds = 1;

    public static void Map(IEndpointRouteBuilder app)
    {
        var routes = app.MapGroup("").On(Listener.Management).ExcludeFromDescription();
        routes.MapGet("/alive", context => Reply.WriteAsync(context, new StatusView("alive"), JsonShapes.Default.StatusView)).OpenToAll();
        routes.MapGet("/ready", ReadyAsync).OpenToAll();
        PbmRoutes.Map(routes);
    }

    private static async Task ReadyAsync(HttpContext context, INodeFacade node)
    {
        if (await Readiness.WhyNotAsync(node, context.RequestAborted) is { } why)
            await Problem.WriteUnavailableAsync(context, why, NotReadyRetrySeconds);
        else
            await Reply.WriteAsync(context, new StatusView("ready"), JsonShapes.Default.StatusView);
    }
}
