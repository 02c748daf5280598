using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Listeners;

/// <summary>The doors of a node. A route belongs to one of them or to several.</summary>
[Flags]
public enum Listener
{
    None = 0,
    Edge = 1,
    Management = 2,
    Both = Edge | Management,

    /// <summary>Only <c>GET /metrics</c>, for those who scrape an old port.</summary>
    Scrape = 4,
}

/// <summary>Metadata of a route: where it may be asked.</summary>
internal sealed record OnListener(Listener Listener);

internal static class ListenerExtensions
{
    private static readonly object Key = new();

    public static TBuilder On<TBuilder>(this TBuilder builder, Listener listener)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new OnListener(listener));

    /// <summary>Marks an accepted connection with the socket it came through.</summary>
    public static void Mark(IConnectionItemsFeature connection, Listener listener) => connection.Items[Key] = listener;

    /// <summary>The socket the request came through; what the client wrote into <c>Host</c> has no say. None in a test server without sockets.</summary>
    public static Listener CameThrough(this HttpContext context)
        => context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var value) == true && value is Listener listener ? listener : Listener.None;
}
