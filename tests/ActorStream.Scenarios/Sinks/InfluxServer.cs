using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Sinks;

/// <summary>A real InfluxDB 1.x as a process, with one user and one database, in a folder that is gone afterwards.</summary>
internal sealed class InfluxServer : IAsyncDisposable
{
    public const string Database = "results";
    public const string Token = "me:s3cret";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-influx-").FullName;
    private readonly HttpClient _http;
    private Process _process;

    private InfluxServer(int port, int backupPort)
    {
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Token)));
        File.WriteAllText(Path.Combine(_folder, "influxdb.conf"), $"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{backupPort}"
            [meta]
              dir = "{_folder}/meta"
            [data]
              dir = "{_folder}/data"
              wal-dir = "{_folder}/wal"
            [http]
              bind-address = "127.0.0.1:{port}"
              auth-enabled = true
              log-enabled = false
            [monitor]
              store-enabled = false
            [subscriber]
              enabled = false
            [continuous_queries]
              enabled = false
            """);
        _process = Start();
    }

    /// <summary>What a sink is told.</summary>
    public string Target => $"{_http.BaseAddress}?db={Database}";

    /// <summary>Skips the test where no InfluxDB is installed.</summary>
    public static async Task<InfluxServer> StartAsync()
    {
        Skip.IfNot((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "influxd"))), "No InfluxDB is installed. Install the package influxdb to run this test.");
        var ports = FreePorts.Take(2);
        var server = new InfluxServer(ports[0], ports[1]);
        await Until.HoldsAsync(server.AnswersAsync, Patience, () => "InfluxDB does not answer.");
        var (user, password) = (Token.Split(':')[0], Token.Split(':')[1]);
        await server.QueryAsync($"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES");
        await server.QueryAsync($"CREATE DATABASE {Database}");
        return server;
    }

    /// <summary>The series of the first statement; empty when there is none.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query)
    {
        using var response = await _http.PostAsync(new Uri($"/query?db={Database}&epoch=ms", UriKind.Relative), new FormUrlEncodedContent([KeyValuePair.Create("q", query)]));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        var result = JsonDocument.Parse(body).RootElement.GetProperty("results")[0];
        Assert.False(result.TryGetProperty("error", out _), body);
        return result.TryGetProperty("series", out var series) ? [.. series.EnumerateArray()] : [];
    }

    public async Task WriteAsync(string line)
    {
        using var response = await _http.PostAsync(new Uri($"/write?db={Database}&precision=ms", UriKind.Relative), new StringContent(line));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>SIGKILL; completes when nobody listens any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>With what it had; completes when it answers.</summary>
    public async Task StartAgainAsync()
    {
        _process.Dispose();
        _process = Start();
        await Until.HoldsAsync(AnswersAsync, Patience, () => "InfluxDB does not answer.");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await KillAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Start()
    {
        var process = Process.Start(new ProcessStartInfo("influxd", ["-config", Path.Combine(_folder, "influxdb.conf")]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var response = await _http.GetAsync(new Uri("/ping", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
