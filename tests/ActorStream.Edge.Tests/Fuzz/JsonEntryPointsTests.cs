using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ActorStream.Edge.Tests.Support;
using Xunit.Abstractions;

namespace ActorStream.Edge.Tests.Fuzz;

/// <summary>Mutated bodies against the real edge. <c>ACTORSTREAM_FUZZ</c> says how many (50,000), <c>ACTORSTREAM_FUZZ_SEED</c> repeats a run.</summary>
[Collection(Alone.Name)]
public sealed class JsonEntryPointsTests(ITestOutputHelper output)
{
    private const int BodiesUsual = 50_000;
    private const int Clients = 8;
    private const int SentenceLengthMin = 15;

    /// <summary>What buffers, pools and code compiled on the way may take; a leak of a kilobyte per body would be three times that in the short form.</summary>
    private const long GrowthBytesMax = 16 << 20;

    private static readonly byte[][] Samples =
    [
        .. new[]
        {
            """{"name":"packages-received","value":501,"tags":{"host":"a","rack":7},"ts":"2026-01-01T00:00:00Z"}""",
            """[{"name":"m","value":1.5},{"name":"n","value":-2e3,"ts":1767225600000},{"name":"ö","value":0,"tags":{}}]""",
            "{\"name\":\"m\",\"value\":1}\n{\"name\":\"m\",\"value\":2,\"tags\":{\"a\":\"b\"}}\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Rules =
    [
        .. new[]
        {
            """{"metric_name":"m","threshold":500,"discord_webhook_url":"https://discord.com/api/webhooks/1/token"}""",
            """{"metric_name":"m","threshold":1.50,"operator":"<=","type":"window_average","window_duration_seconds":60,"cooldown_seconds":5,"cooldown_scope":"series","trigger":"crossing","tags":{"host":["a","b"],"dc":1},"discord_webhook_url":"https://discord.com/api/webhooks/1/token"}""",
            """{"metric_name":"m","threshold":1,"enabled":false,"for_seconds":10,"clear_when":{"operator":"<","threshold":0.5},"stale_after_seconds":30,"on_resolve":"edit","discord_webhook_url":"https://discord.com/api/webhooks/1/token"}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private readonly int _bodies = Number("ACTORSTREAM_FUZZ") ?? BodiesUsual;
    private readonly int _seed = Number("ACTORSTREAM_FUZZ_SEED") ?? Random.Shared.Next(int.MaxValue);

    [Fact]
    public async Task Mutated_bodies_never_give_500_every_refusal_has_a_sentence_and_memory_does_not_grow()
    {
        output.WriteLine($"{_bodies} bodies, seed {_seed}");
        await using var edge = await RunningEdge.StartAsync();
        var id = (await edge.PostAsync("/rules", Rules[0])).Json.GetProperty("id").GetString()!;
        edge.Node.KeepsNothing = true;
        var warm = _bodies / 4;

        await RunAsync(edge, id, 0, warm);
        var before = Held();
        var tally = await RunAsync(edge, id, warm, _bodies);
        var grown = Held() - before;

        output.WriteLine($"grown by {grown} bytes; taken, refused: {string.Join(", ", tally)}");
        Assert.True(grown < GrowthBytesMax, $"Memory grew by {grown} bytes over {_bodies - warm} bodies; seed {_seed}.");
        // Else the mutations would only knock at the door.
        Assert.All(tally, count => Assert.True(count > (_bodies - warm) / 100, $"taken, refused: {string.Join(", ", tally)}; seed {_seed}"));
    }

    /// <summary>How many were taken and refused.</summary>
    private async Task<int[]> RunAsync(RunningEdge edge, string id, int from, int to)
    {
        var tally = new int[2];
        await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (i, _) =>
        {
            var random = new Random(unchecked(_seed + (i * 7919)));
            using var request = RequestOf(id, random, out var body);
            using var response = await edge.Http.SendAsync(request);
            var text = await response.Content.ReadAsByteArrayAsync();
            if (WhyWrong((int)response.StatusCode, text) is { } why)
                Assert.Fail($"{why}{Environment.NewLine}seed {_seed}, body {i}: {request.Method} {request.RequestUri} {Encoding.UTF8.GetString(body)}{Environment.NewLine}{Convert.ToHexString(body)}{Environment.NewLine}{Encoding.UTF8.GetString(text)}");
            Interlocked.Increment(ref tally[response.IsSuccessStatusCode ? 0 : 1]);
        });
        return tally;
    }

    private static HttpRequestMessage RequestOf(string id, Random random, out byte[] body)
    {
        var (method, path, seeds) = random.Next(4) switch
        {
            0 or 1 => (HttpMethod.Post, "/metrics", Samples),
            2 => (HttpMethod.Post, "/rules", Rules),
            _ => (HttpMethod.Put, $"/rules/{id}", Rules),
        };
        body = Mutations.Of(seeds, random);
        var isLines = ReferenceEquals(seeds, Samples) && random.Next(3) == 0;
        return new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(isLines ? "application/x-ndjson" : "application/json") } } };
    }

    private static string? WhyWrong(int status, byte[] answer)
    {
        if (status is not (200 or 400 or 422))
            return $"{status} is no answer to a body of any kind.";
        using var document = JsonDocument.Parse(answer);
        var root = document.RootElement;
        if (status != 200)
            return IsSentence(root, "detail") ? null : "The refusal has no sentence.";
        return !root.TryGetProperty("rejected", out var rejected) || rejected.EnumerateArray().All(r => IsSentence(r, "detail")) ? null : "A rejected sample has no sentence.";
    }

    private static bool IsSentence(JsonElement parent, string member) => parent.TryGetProperty(member, out var text) && text.GetString() is { Length: >= SentenceLengthMin } sentence && sentence.Contains(' ');

    private static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= 1_000 ? n : null;
}
