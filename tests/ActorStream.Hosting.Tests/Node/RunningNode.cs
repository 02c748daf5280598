using System.Net.Http.Json;
using System.Text.Json;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Node;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;
using ActorStream.Streams.Readers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>A whole node in this process as <see cref="NodeHost"/> builds it: all roles, a folder of its own, free ports on loopback.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>To be deleted at the end.</summary>
    private readonly string? _folder;
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };

    private RunningNode(string? folder, NodeParts parts, WebApplication app)
    {
        (_folder, Parts, _app) = (folder, parts, app);
        // Listed in the order they were opened: the edge's, then the management port.
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(a => new Uri(a)).ToList();
        (Edge, Management) = (addresses[0], addresses[^1]);
    }

    public NodeParts Parts { get; }

    public Uri Edge { get; }

    public Uri Management { get; }

    /// <param name="topicsPagesMax">Bound of <c>topics.db</c> in pages; null: none.</param>
    /// <param name="webhookHost">HOST:PORT that rules may name.</param>
    /// <param name="postgres">Connection string of an empty database that holds what else the folder does; null: the folder does.</param>
    /// <param name="kept">The data folder, which stays; null: a fresh one, which goes with the node.</param>
    /// <param name="change">Of what was read from the settings; null: nothing.</param>
    /// <param name="before">Done with the storage before anything runs; null: nothing.</param>
    /// <param name="chunk">How much readers read at once; null: the usual.</param>
    /// <param name="more">Further settings, as on the command line.</param>
    public static async Task<RunningNode> StartAsync(
        long? topicsPagesMax = null, string webhookHost = "discord.com", string? postgres = null, string? kept = null, Func<NodeSettings, NodeSettings>? change = null, Func<INodeStorage, Task>? before = null, ChunkBounds? chunk = null,
        params IReadOnlyList<(SettingKey Key, string Value)> more)
    {
        var folder = kept ?? Directory.CreateTempSubdirectory("as-node-").FullName;
        var commandLine = new Dictionary<string, IReadOnlyList<string>>
        {
            [SettingsTable.Data.Key] = [folder],
            [SettingsTable.RemotingPort.Key] = ["0"],
            [SettingsTable.HttpUrl.Key] = ["http://127.0.0.1:0"],
            [SettingsTable.ManagementPort.Key] = ["0"],
            [SettingsTable.WebhooksAllowedHosts.Key] = [webhookHost],
        };
        foreach (var (key, value) in more)
            commandLine[key.Key] = [value];
        var settings = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = commandLine }).Settings!;
        settings = change?.Invoke(settings) ?? settings;
        INodeStorage storage = postgres is null
            ? await SqliteStorage.OpenAsync(NodeHost.SqliteOf(settings) with { TopicsPagesMax = topicsPagesMax }, TimeProvider.System)
            : await PostgresStorage.OpenAsync(NodeHost.PostgresOf(settings with { Storage = settings.Storage with { PostgresConnectionString = postgres } }), TimeProvider.System);
        if (before is not null)
            await before(storage);
        await SettingsPipelines.ApplyAsync(settings, storage, CancellationToken.None);
        var parts = new NodeParts(settings, storage, TimeProvider.System, chunk);
        var app = NodeHost.Build(settings, parts);
        await app.StartAsync();
        return new RunningNode(kept is null ? folder : null, parts, app);
    }

    /// <summary>Status and body of the edge.</summary>
    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Edge, path));
        if (json is not null)
            request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> PostAsync(string path, object body) => _http.PostAsJsonAsync(new Uri(Edge, path), body);

    /// <summary>Status and body of the edge.</summary>
    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(Edge, path));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Status and body of the management port.</summary>
    public async Task<(int Status, string Body)> ManageAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(Management, path));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Asks the management port until the answer is as it should be; fails with the last answer.</summary>
    public async Task<string> UntilAsync(string path, Func<int, string, bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(LookEvery);
        var (status, body) = await ManageAsync(path);
        try
        {
            while (!isSo(status, body))
            {
                await timer.WaitForNextTickAsync(patience.Token);
                (status, body) = await ManageAsync(path);
            }
            return body;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{path} still answers {status} after {Patience.TotalSeconds:0} s: {body}");
        }
    }

    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isSo) =>
        JsonDocument.Parse(await UntilAsync(path, (status, body) => status == 200 && isSo(JsonDocument.Parse(body).RootElement))).RootElement;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Parts.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}
