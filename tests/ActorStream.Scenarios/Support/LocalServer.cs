using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStream.Scenarios.Support;

/// <summary>A quiet HTTP server on a free port of this machine, for whatever stands in a receiver's place.</summary>
internal static class LocalServer
{
    /// <summary>Not started yet.</summary>
    public static WebApplication New()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static k => k.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }

    /// <summary><c>127.0.0.1:PORT</c> of one that runs, for the list of allowed hosts.</summary>
    public static string HostOf(WebApplication app) => new Uri(app.Urls.First()).Authority;
}
