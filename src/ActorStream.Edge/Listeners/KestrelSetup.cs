using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ActorStream.Edge.Listeners;

/// <summary>Opens the sockets of <see cref="EdgeOptions"/> and marks every connection with its door.</summary>
internal static class KestrelSetup
{
    public static void Apply(KestrelServerOptions kestrel, EdgeOptions options)
    {
        kestrel.AddServerHeader = false;
        // Bounded by BodyReader, which can still read on and answer where Kestrel would cut the connection.
        kestrel.Limits.MaxRequestBodySize = null;
        foreach (var url in options.HttpUrls)
            Listen(kestrel, url);
        kestrel.Listen(options.ManagementAddress, options.ManagementPort, listen => MarkConnections(listen, Listener.Management));
        if (options.ScrapePort is { } scrape)
            kestrel.Listen(options.ManagementAddress, scrape, listen => MarkConnections(listen, Listener.Scrape));
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttp)
            throw new ArgumentException($"The edge URL {url} has the scheme '{url.Scheme}'; only 'http' is served. Let a proxy in front end TLS.");
        if (url.IdnHost == "localhost")
            kestrel.ListenLocalhost(url.Port, listen => MarkConnections(listen, Listener.Edge));
        else if (IPAddress.TryParse(url.IdnHost, out var address))
            kestrel.Listen(address, url.Port, listen => MarkConnections(listen, Listener.Edge));
        else
            throw new ArgumentException($"The edge URL {url} names the host '{url.IdnHost}'; give 'localhost' or an IP address to listen on.");
    }

    private static void MarkConnections(ListenOptions listen, Listener listener)
        => listen.Use(next => connection =>
        {
            ListenerExtensions.Mark(connection.Features.GetRequiredFeature<IConnectionItemsFeature>(), listener);
            return next(connection);
        });
}
