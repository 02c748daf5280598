using System.Net;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ActorStream.Edge.Security;

/// <summary>Before routing: refuses what a foreign web page can make a browser send to this machine (design.md section 9), on both doors.</summary>
internal sealed class RequestGuard(RequestDelegate next, EdgeOptions options)
{
    private readonly HashSet<string> _allowed = new(options.AllowedHosts ?? [], StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
        => WhyRefused(context) is { } sentence ? Problem.WriteAsync(context, 403, sentence) : next(context);

    private string? WhyRefused(HttpContext context)
    {
        var request = context.Request;
        if (!IsOpenProbe(context) && !IsOurs(request.Host, context.Connection.LocalIpAddress))
            return $"The Host header says '{Problem.Excerpt(request.Host.Value ?? "")}', which is not this node. Ask it as 127.0.0.1 or localhost, or add the name to 'allowed-hosts'.";
        if (request.Headers.Origin is { Count: > 0 } origin && !IsSameOrigin(origin, request.Host))
            return $"The Origin header says '{Problem.Excerpt(origin.ToString())}'; pages from elsewhere may not use this node. Ask it without a browser, or from a page it served itself.";
        if (context.CameThrough() == Listener.Management && !IsRead(request.Method) && !options.AsksForTokens && !Peers.FromLoopback(context))
            return "This port changes nothing for callers from other machines while no 'auth' is configured. Run the command on the node's own machine.";
        return null;
    }

    // Probes and scrapers of an orchestrator name the node by any address it has; these three answers hold nothing secret and change nothing.
    private bool IsOpenProbe(HttpContext context)
        => context.CameThrough() == Listener.Management && !Peers.IsLoopback(options.ManagementAddress) && IsRead(context.Request.Method)
            && context.Request.Path.Value is "/alive" or "/ready" or "/metrics";

    private static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    // An absent Host is no browser's. An address literal cannot be rebound: it is ours when the connection ends at it.
    private bool IsOurs(HostString host, IPAddress? local)
        => !host.HasValue || IsLoopbackName(host.Host) || _allowed.Contains(host.Host)
            || (local is not null && IPAddress.TryParse(host.Host, out var address) && address.MapToIPv6().Equals(local.MapToIPv6()));

    private static bool IsSameOrigin(StringValues origin, HostString host)
    {
        // "null" (a sandboxed page, a file) is no absolute URL.
        if (origin.Count != 1 || !Uri.TryCreate(origin[0], UriKind.Absolute, out var page) || page.Host.Length == 0)
            return false;
        var sameHost = string.Equals(page.Host, host.Host, StringComparison.OrdinalIgnoreCase) || (IsLoopbackName(page.Host) && IsLoopbackName(host.Host));
        return sameHost && page.Port == (host.Port ?? DefaultPort(page.Scheme));
    }

    private static int DefaultPort(string scheme) => scheme == Uri.UriSchemeHttps ? 443 : 80;

    private static bool IsLoopbackName(string name)
        => string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(name, out var address) && Peers.IsLoopback(address));
}
