using System.Net;
using ActorStream.Domain.Pipelines;
using ActorStream.Streams.Readers;

namespace ActorStream.Streams.Sinks;

/// <summary>Writes line protocol to one InfluxDB, 1.x or 2.x. Redirects are not followed, since the token would go with them.</summary>
internal sealed class InfluxClient : IDisposable
{
    private const int AnswerBytesMax = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InfluxTarget _target;
    private readonly string? _authorization;
    private readonly HttpClient _http;

    /// <param name="handler">Null: the network.</param>
    public InfluxClient(InfluxTarget target, InfluxToken token, HttpMessageHandler? handler = null)
    {
        (_target, _authorization) = (target, token.Authorization(target.IsV2));
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    /// <returns>Null: all points were taken. Else the server's answer: at least one point cannot be; the others may have been.</returns>
    /// <exception cref="ReaderAnomalyException">The server cannot be reached, is busy, or lets nobody write: nothing is wrong with the points, and it is tried again.</exception>
    public async Task<string?> WriteAsync(ReadOnlyMemory<byte> lines)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _target.WriteUri) { Content = new ReadOnlyMemoryContent(lines) };
        if (_authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", _authorization);
        try
        {
            using var response = await _http.SendAsync(request).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return null;
            var answer = Excerpt.Of(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
            return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity
                ? $"InfluxDB answered {(int)response.StatusCode}: {answer}"
                : throw new ReaderAnomalyException($"InfluxDB at {_target.Authority} answered {(int)response.StatusCode}: {answer}{Remedy(response.StatusCode)}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new ReaderAnomalyException($"InfluxDB at {_target.Authority} cannot be reached: {(e is TaskCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message)}");
        }
    }

    public void Dispose() => _http.Dispose();

    private static string Remedy(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => " Give a token that may write as ACTORSTREAM_INFLUXDB_TOKEN.",
        HttpStatusCode.NotFound => " Make the database or bucket, or correct the sink's target.",
        _ => "",
    };
}
