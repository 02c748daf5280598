using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace ActorStream.Edge.Listeners;

/// <summary>After routing: a route asked through the door it does not belong to does not exist there (404), and 405 names only this door's methods.</summary>
internal sealed class ListenerGate(RequestDelegate next, EndpointDataSource endpoints)
{
    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        var here = context.CameThrough();
        if (endpoint?.Metadata.GetMetadata<OnListener>() is { } on)
            return (on.Listener & here) != 0 ? next(context) : RefuseAsync(context, here);
        return RefuseAsync(context, here);
    }

    private Task RefuseAsync(HttpContext context, Listener here)
    {
        var path = Problem.Excerpt(context.Request.Path.Value ?? "/");
        var methods = MethodsOf(context.Request.Path, here);
        if (methods.Length == 0)
            return Problem.WriteAsync(context, 404, $"There is no route {path} on this port. {Remedy(here)}");
        var allow = string.Join(", ", methods);
        context.Response.Headers.Allow = allow;
        return Problem.WriteAsync(context, 405, $"{path} does not take {Problem.Excerpt(context.Request.Method)}; it takes {allow}.");
    }

    private static string Remedy(Listener here) => here switch
    {
        Listener.Management => "This is the management port (/alive, /ready, /metrics, pbm); rules and samples go to the edge port.",
        Listener.Scrape => "This port serves GET /metrics and nothing else.",
        _ => "The routes of the edge are described at /docs.",
    };

    // Cold: asked only for a request that is refused anyway.
    private string[] MethodsOf(PathString path, Listener here)
    {
        var methods = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<OnListener>() is not { } on || (on.Listener & here) == 0)
                continue;
            if (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { } verbs && Matches(endpoint, path))
                methods.UnionWith(verbs.HttpMethods);
        }
        return [.. methods];
    }

    private static bool Matches(RouteEndpoint endpoint, PathString path)
        => new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []);
}
