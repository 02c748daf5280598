using ActorStream.Edge.Errors;
using ActorStream.Edge.Ingest;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Management;
using ActorStream.Edge.Pipelines;
using ActorStream.Edge.Rules;
using ActorStream.Edge.Security;
using ActorStream.Edge.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;
using Scalar.AspNetCore;

namespace ActorStream.Edge;

/// <summary>The HTTP side of a node: one server, the edge's addresses, the management port and, if it is wanted, one for scrapes alone.</summary>
public static class EdgeHost
{
    /// <summary>Configures the server and its services. The caller registers <see cref="ActorStream.Hosting.Facade.INodeFacade"/> as a singleton.</summary>
    /// <exception cref="ArgumentException">At start: an edge URL is no http address.</exception>
    public static WebApplicationBuilder AddActorStreamEdge(this WebApplicationBuilder builder, EdgeOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel => KestrelSetup.Apply(kestrel, options));
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton<EdgeMeters>();
        services.AddSingleton<IngestPool>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddRouting();
        if (options.Auth is { IsOn: true } auth)
            TokenSetup.Add(services, auth);
        services.AddOpenApi("v1");
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(EdgeMeters.MeterName).AddPrometheusExporter(prometheus =>
        {
            prometheus.ScopeInfoEnabled = false;
            prometheus.TargetInfoEnabled = false;
        }));
        return builder;
    }

    /// <summary>Maps every route of both doors. Middleware added to the application before runs in front of the guards.</summary>
    public static WebApplication MapActorStream(this WebApplication app)
    {
        app.UseMiddleware<FailureAnswers>();
        app.UseMiddleware<RequestGuard>();
        app.UseRouting();
        app.UseMiddleware<ListenerGate>();
        if (app.Services.GetRequiredService<EdgeOptions>().AsksForTokens)
        {
            app.UseAuthentication();
            app.UseMiddleware<TokenGate>();
        }

        app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).On(Listener.Both | Listener.Scrape).OpenToAll();
        // The constraint: an unknown document would be refused in plain text.
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").On(Listener.Edge).OpenToAll();
        app.MapScalarApiReference("/docs", scalar => scalar.Title = "ActorStream").On(Listener.Edge).OpenToAll();
        IngestRoute.Map(app);
        RuleRoutes.Map(app);
        ViewRoutes.Map(app);
        AlarmRoutes.Map(app);
        PipelineRoutes.Map(app);
        ManagementRoutes.Map(app);
        return app;
    }
}
