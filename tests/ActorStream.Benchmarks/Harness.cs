using ActorStream.Storage.Contracts;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStream.Benchmarks;

/// <summary>One node in this process, in a fresh folder on free loopback ports, by the same code as the executable.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    private readonly NodeParts _parts;
    private readonly WebApplication _app;

    private BenchNode(NodeParts parts, WebApplication app, string http, TimeSpan ready)
    {
        (_parts, _app, Http, Ready) = (parts, app, http, ready);
    }

    public INodeStorage Storage => _parts.Storage;

    public string Http { get; }

    /// <summary>From the call to start to the first readiness.</summary>
    public TimeSpan Ready { get; }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="more">Further settings by key.</param>
    /// <param name="prepare">Fills the storage before anything reads it.</param>
    public static async Task<BenchNode> StartAsync(string roles, string webhookHost, Func<INodeStorage, Task>? prepare = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? more = null)
    {
        var (http, management) = (FreePort(), FreePort());
        var settings = SettingsOf(new Dictionary<string, IReadOnlyList<string>>(more ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            ["actorstream.roles"] = roles.Split(','),
            ["actorstream.remoting.port"] = [FreePort().ToString()],
            ["actorstream.data"] = [Folders.Fresh()],
            ["actorstream.http.url"] = [$"http://127.0.0.1:{http}"],
            ["actorstream.management.port"] = [management.ToString()],
            ["actorstream.webhooks.allowed-hosts"] = [webhookHost],
        });
        var parts = new NodeParts(settings, await NodeHost.OpenStorageAsync(settings, CancellationToken.None), TimeProvider.System);
        if (prepare is not null)
            await prepare(parts.Storage);
        var started = Stopwatch.GetTimestamp();
        var app = NodeHost.Build(settings, parts);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{management}") };
        while ((await client.GetAsync("/ready")).StatusCode != HttpStatusCode.OK)
            await Task.Delay(20);
        return new BenchNode(parts, app, $"http://127.0.0.1:{http}", Stopwatch.GetElapsedTime(started));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _parts.DisposeAsync();
        Directory.Delete(_parts.Settings.DataFolder, recursive: true);
    }

    internal static NodeSettings SettingsOf(IReadOnlyDictionary<string, IReadOnlyList<string>> given)
    {
        var reading = NodeSettingsReader.Read(new SettingsInput(given, new Dictionary<string, string>(), null));
        return reading.Settings ?? throw new InvalidOperationException(string.Join(Environment.NewLine, reading.Faults));
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

internal static class Folders
{
    public static string Fresh() => Directory.CreateTempSubdirectory("actorstream-bench-").FullName;
}

/// <summary>One line of the table in docs/performance.md.</summary>
internal sealed record Row(string What, string Figure, string Includes)
{
    public override string ToString() => $"| {What} | {Figure} | {Includes} |";
}

internal static class Figures
{
    public static string Percentiles(List<double> milliseconds)
    {
        milliseconds.Sort();
        return $"p50 {At(0.5):0.0} ms, p95 {At(0.95):0.0} ms, p99 {At(0.99):0.0} ms, max {milliseconds[^1]:0.0} ms (n = {milliseconds.Count:N0})";

        double At(double q) => milliseconds[Math.Min(milliseconds.Count - 1, (int)(q * milliseconds.Count))];
    }
}
