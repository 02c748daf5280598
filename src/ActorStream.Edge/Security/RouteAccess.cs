using Microsoft.AspNetCore.Builder;

namespace ActorStream.Edge.Security;

/// <summary>Metadata of a route: which scope its caller needs where tokens are asked for.</summary>
/// <param name="Scope">Null: none, not even a token.</param>
internal sealed record RouteAccess(string? Scope);

internal static class RouteAccessExtensions
{
    public static TBuilder Needs<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new RouteAccess(scope));

    /// <summary>Probes, scrapers and the description of the routes: nothing secret, nothing changed.</summary>
    public static TBuilder OpenToAll<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new RouteAccess(null));
}
