using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Node.Cli;

namespace ActorStream.Node.Emulate;

/// <summary>Posts single samples to <c>POST /metrics</c> and does not give up: an edge that is full, starting or gone is asked again, the next one first.</summary>
/// <remarks>Every sample carries an Idempotency-Key, the same in each attempt, because an answer may be missing although the sample is stored. Safe from several sources at once.</remarks>
public sealed class SamplePoster(HttpClient http, IReadOnlyList<Uri> edges, TimeProvider time, Action<string> complain)
{
    private static readonly TimeSpan PauseLeast = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMost = TimeSpan.FromSeconds(5);

    private int _edge;

    /// <summary>Completes when an edge has acknowledged the sample.</summary>
    /// <exception cref="CommandFailedException">The edge refuses the sample for good; holds its sentence.</exception>
    public async Task SendAsync(EmulatedSource source, decimal value, CancellationToken cancel)
    {
        var body = BodyOf(source, value);
        var key = Guid.NewGuid().ToString("N");
        for (var attempt = 0; ; attempt++)
        {
            var (pause, why) = await TryAsync(body, key, cancel);
            if (why is null)
                return;
            if (attempt == 0)
                complain($"{source.Name}: {why} It is tried again until it succeeds.");
            Interlocked.Increment(ref _edge);
            await Task.Delay(pause ?? Backoff(attempt), time, cancel);
        }
    }

    /// <summary><c>{"name":…,"value":…,"tags":…}</c>; tags only where there are any.</summary>
    public static string BodyOf(EmulatedSource source, decimal value)
    {
        var sample = new JsonObject { ["name"] = source.Name, ["value"] = value };
        if (source.Tags.Count > 0)
            sample["tags"] = new JsonObject(source.Tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)JsonValue.Create(t.Value))));
        return sample.ToJsonString();
    }

    private async Task<(TimeSpan? Pause, string? Why)> TryAsync(string body, string key, CancellationToken cancel)
    {
        var edge = edges[(int)((uint)Volatile.Read(ref _edge) % (uint)edges.Count)];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(edge, "/metrics")) { Content = new StringContent(body, MediaTypeHeaderValue.Parse("application/json")) };
        request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await http.SendAsync(request, cancel);
            if (response.IsSuccessStatusCode)
                return (null, null);
            if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)
                return (response.Headers.RetryAfter?.Delta, $"{edge} answers {(int)response.StatusCode}.");
            throw new CommandFailedException($"{edge} refuses the sample with {(int)response.StatusCode}: {DetailOf(await response.Content.ReadAsStringAsync(cancel))}");
        }
        catch (HttpRequestException e)
        {
            return (null, $"{edge} cannot be reached ({e.Message.TrimEnd('.')}).");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"{edge} did not answer in {http.Timeout.TotalSeconds:0} s.");
        }
    }

    private static TimeSpan Backoff(int attempt) => TimeSpan.FromTicks(Math.Min(PauseMost.Ticks, PauseLeast.Ticks << Math.Min(attempt, 10)));

    /// <summary>The sentence of a problem document, or the beginning of whatever it is.</summary>
    private static string DetailOf(string body)
    {
        try
        {
            if (JsonNode.Parse(body) is JsonObject problem && problem["detail"] is JsonValue detail)
                return detail.ToString();
        }
        catch (JsonException)
        {
            return body[..Math.Min(body.Length, 200)];
        }
        return body[..Math.Min(body.Length, 200)];
    }
}
