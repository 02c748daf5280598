using System.Net.Http.Headers;
using System.Text.Json;

namespace ActorStream.Pbm;

/// <summary>One node's answers. Failures become <see cref="NodeFailure"/> with a sentence for the operator.</summary>
internal sealed class NodeClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly string _node;

    public NodeClient(Uri node, HttpMessageHandler? handler)
    {
        _node = node.Authority;
        // A proxy of the environment has no business between an operator and a node.
        _http = handler is null ? new HttpClient(new SocketsHttpHandler { UseProxy = false }) : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = node;
        _http.Timeout = Patience;
    }

    /// <summary>Sent with every request; null: none.</summary>
    public string? Token { get; set; }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, cancel);

    public Task<JsonElement> PostAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Post, path, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, CancellationToken cancel)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (Token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            using var response = await _http.SendAsync(request, cancel);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode ? Parse(body) : throw new NodeFailure($"{_node} refused ({(int)response.StatusCode}): {DetailOf(body)}");
        }
        catch (HttpRequestException e)
        {
            throw new NodeFailure(e.HttpRequestError == HttpRequestError.ConnectionError
                ? $"nothing listens at {_node} ({e.Message}); start a node, or name the management port of one that runs: pbm HOST:PORT ..."
                : $"{_node} did not answer as a node does: {e.Message}");
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new NodeFailure($"{_node} did not answer within {Patience.TotalSeconds:0} s.");
        }
        catch (JsonException)
        {
            throw new NodeFailure($"{_node} answered, but not as a management port does; is it the edge's port?");
        }
    }

    private static JsonElement Parse(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    private static string DetailOf(byte[] body)
    {
        try
        {
            var problem = Parse(body);
            return problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("detail", out var detail) && detail.GetString() is { } sentence ? sentence : "it gave no reason.";
        }
        catch (JsonException)
        {
            return "it gave no reason; is it the management port of a node?";
        }
    }
}

/// <summary>The message is the whole sentence for stderr.</summary>
internal sealed class NodeFailure(string message) : Exception(message);
