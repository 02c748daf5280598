using System.Net;
using System.Text;

namespace ActorStream.Streams.Tests.Sinks;

/// <summary>What InfluxDB does with a request, without the network: the same measurement, tags and time is one point; of a batch with a bad line it takes the others, as 1.x does, or nothing, as 2.x does.</summary>
internal sealed class FakeInflux : HttpMessageHandler
{
    private readonly List<(string Uri, string? Authorization, int Lines)> _requests = [];

    /// <summary>Fields by measurement, tags and time.</summary>
    public Dictionary<string, string> Points { get; } = [];

    public IReadOnlyList<(string Uri, string? Authorization, int Lines)> Requests => _requests;

    /// <summary>A line that holds it is refused with 400.</summary>
    public string Bad { get; set; } = "\0";

    public bool TakesTheOthers { get; set; } = true;

    /// <summary>Answered to every request while it is set; <see cref="HttpStatusCode.RequestTimeout"/>: no answer at all.</summary>
    public HttpStatusCode? Broken { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var lines = (await request.Content!.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _requests.Add((request.RequestUri!.ToString(), request.Headers.TryGetValues("Authorization", out var values) ? values.Single() : null, lines.Length));
        if (Broken == HttpStatusCode.RequestTimeout)
            throw new TaskCanceledException("timeout");
        if (Broken is { } broken)
            return new HttpResponseMessage(broken) { Content = new StringContent("{\"error\":\"engine: cache-max-memory-size exceeded\"}") };
        var bad = lines.Where(l => l.Contains(Bad, StringComparison.Ordinal)).ToList();
        if (bad.Count == 0 || TakesTheOthers)
        {
            foreach (var line in lines.Except(bad))
                Take(line);
        }
        return bad.Count == 0
            ? new HttpResponseMessage(HttpStatusCode.NoContent)
            : new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent("{\"error\":\"partial write: field type conflict\"}", Encoding.UTF8) };
    }

    private void Take(string line)
    {
        var (tags, time) = (line.IndexOf(" count", StringComparison.Ordinal), line.LastIndexOf(' '));
        Points[$"{line[..tags]}@{line[(time + 1)..]}"] = line[(tags + 1)..time];
    }
}
