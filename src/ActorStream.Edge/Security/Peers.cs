using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStream.Edge.Security;

/// <summary>Who is at the other end, and what that alone permits.</summary>
internal static class Peers
{
    public static bool IsLoopback(IPAddress? address)
        => address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    public static bool FromLoopback(HttpContext context) => IsLoopback(context.Connection.RemoteIpAddress);

    /// <summary>The one place that decides who sees a whole webhook URL. Where no token is asked for, whoever is on this machine has every scope.</summary>
    public static bool CallerMaySeeSecrets(HttpContext context)
        => context.RequestServices.GetRequiredService<EdgeOptions>().AsksForTokens ? Scopes.Has(context.User, Scopes.RulesWrite) : FromLoopback(context);
}
