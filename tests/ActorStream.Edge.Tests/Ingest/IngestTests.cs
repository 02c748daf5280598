using System.Net.Sockets;
using System.Text;
using ActorStream.Edge.Tests.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Ingest;

public sealed class IngestTests : IAsyncLifetime
{
    private const string NdJson = "application/x-ndjson";
    private const string Good = """{"name":"m","value":1}""";

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("501")]
    [InlineData("1.50")]
    [InlineData("-2.5e-3")]
    public async Task One_sample_is_stored_and_echoed_as_it_was_written(string value)
    {
        var answer = await _edge.PostAsync("/metrics", $$"""{"name":"packages-received","value":{{value}}}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal($$"""{"name":"packages-received","value":{{value}}}""", answer.Body);
        Assert.Equal([("packages-received", $$"""{"value":{{value}}}""")], _edge.Node.Samples());
    }

    [Fact]
    public async Task An_array_stores_the_good_ones_and_lists_the_others_by_index()
    {
        var answer = await _edge.PostAsync("/metrics", """[{"name":"m","value":1},{"name":"m","value":"x"},{"value":2},{"name":"m","value":3},7]""");

        Assert.Equal(200, answer.Status);
        Assert.Equal(2, answer.Json.GetProperty("accepted").GetInt32());
        Assert.Equal([1, 2, 4], answer.Json.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        Assert.All(answer.Json.GetProperty("rejected").EnumerateArray(), r => Assert.NotEqual("", r.GetProperty("detail").GetString()));
        Assert.Equal(2, _edge.Node.Samples().Count);
    }

    [Fact]
    public async Task All_good_gives_an_empty_list_of_rejections()
    {
        var answer = await _edge.PostAsync("/metrics", $"[{Good},{Good}]");

        Assert.Equal("""{"accepted":2,"rejected":[]}""", answer.Body);
    }

    [Fact]
    public async Task Half_a_line_of_ndjson_is_rejected_and_the_whole_ones_are_stored()
    {
        var answer = await _edge.PostAsync("/metrics", $"{Good}\n{Good}\n{Good[..^8]}", NdJson);

        Assert.Equal(200, answer.Status);
        Assert.Equal(2, answer.Json.GetProperty("accepted").GetInt32());
        Assert.Equal(2, answer.Json.GetProperty("rejected")[0].GetProperty("index").GetInt32());
    }

    [Fact]
    public async Task A_hundred_thousand_bad_samples_cost_no_good_one_and_are_counted_exactly()
    {
        var body = new StringBuilder("[");
        for (var i = 0; i < 100_000; i++)
            body.Append("{\"name\":\"m\",\"value\":\"x\"},").Append(i % 1_000 == 0 ? $"{Good}," : "");
        body[^1] = ']';

        var answer = await _edge.PostAsync("/metrics", body.ToString());

        Assert.Equal(200, answer.Status);
        Assert.Equal(100, answer.Json.GetProperty("accepted").GetInt32());
        Assert.Equal(100_000, answer.Json.GetProperty("rejected_total").GetInt32());
        Assert.Equal(1_000, answer.Json.GetProperty("rejected").GetArrayLength());
        Assert.Equal(100, _edge.Node.Samples().Count);
    }

    [Theory]
    [InlineData("nonsense", 400)]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("""{"name":"m","value":NaN}""", 400)]
    [InlineData("""{"name":"m","value":1} trailing""", 400)]
    [InlineData("""[{"name":"m","value":1},""", 400)]
    [InlineData("7", 422)]
    [InlineData("null", 422)]
    [InlineData("""{"name":"m"}""", 422)]
    [InlineData("""{"name":"m","value":"x"}""", 422)]
    [InlineData("""{"name":"m","value":null}""", 422)]
    [InlineData("""{"name":"m","value":1e999}""", 422)]
    [InlineData("""{"name":"","value":1}""", 422)]
    [InlineData("""{"name":7,"value":1}""", 422)]
    [InlineData("""{"name":"a\u0000b","value":1}""", 422)]
    [InlineData("""{"name":"m","value":1,"tags":[]}""", 422)]
    [InlineData("""{"name":"m","value":1,"ts":"yesterday"}""", 422)]
    public async Task A_bad_body_is_refused_with_a_sentence_and_stores_nothing(string body, int status)
    {
        var answer = await _edge.PostAsync("/metrics", body);

        answer.IsProblem(status);
        Assert.Empty(_edge.Node.Appended);
    }

    [Fact]
    public async Task A_name_of_100_kB_is_refused()
    {
        var answer = await _edge.PostAsync("/metrics", $$"""{"name":"{{new string('x', 100_000)}}","value":1}""");

        answer.IsProblem(422);
        Assert.True(answer.Body.Length < 2_000, "the refusal repeats what was sent");
    }

    [Fact]
    public async Task A_body_of_64_MB_is_read_to_its_end_and_answered_413_on_a_connection_that_goes_on()
    {
        var answer = await _edge.PostAsync("/metrics", new byte[64 << 20], NdJson);
        var next = await _edge.PostAsync("/metrics", Good);

        answer.IsProblem(413);
        Assert.Contains("16777216", answer.Detail);
        Assert.Equal(200, next.Status);
    }

    [Fact]
    public async Task A_body_of_exactly_the_bound_is_taken_and_one_byte_more_is_not()
    {
        await using var small = await RunningEdge.StartAsync(o => o with { BodyBytesMax = 4_096 });
        var fits = Good.PadRight(4_096);

        Assert.Equal(200, (await small.PostAsync("/metrics", fits)).Status);
        (await small.PostAsync("/metrics", fits + " ")).IsProblem(413);
        (await small.SendAsync(Chunked(fits + " "))).IsProblem(413);
        Assert.Equal(200, (await small.SendAsync(Chunked(fits))).Status);
    }

    [Fact]
    public async Task A_body_beyond_what_is_discarded_is_refused_by_its_length_or_cut_off()
    {
        await using var small = await RunningEdge.StartAsync(o => o with { BodyBytesMax = 1_024, DiscardBytesMax = 64 << 10 });

        using var told = new TcpClient();
        var announced = await RawAsync(told, small.Edge, "POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => small.SendAsync(Chunked(new string(' ', 4 << 20))));

        Assert.StartsWith("HTTP/1.1 413 ", announced);
    }

    [Fact]
    public async Task Who_asks_before_sending_a_large_body_is_refused_before_sending_it()
    {
        using var client = new TcpClient();

        var answer = await RawAsync(client, _edge.Edge, "POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 67108864\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 413 ", answer);
        Assert.Contains("Connection: close", answer);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_stores_nothing_and_hurts_nobody()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_edge.Edge.Host, _edge.Edge.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{Good}\n"));
        }

        Assert.Equal(200, (await _edge.PostAsync("/metrics", """{"name":"n","value":2}""")).Status);
        Assert.Equal([("n", """{"value":2}""")], _edge.Node.Samples());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_content_type_is_refused(string type)
    {
        (await _edge.PostAsync("/metrics", Good, type)).IsProblem(415);
        Assert.Empty(_edge.Node.Appended);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    [InlineData(null)]
    public async Task Json_by_any_name_is_taken(string? type) => Assert.Equal(200, (await _edge.PostAsync("/metrics", Encoding.UTF8.GetBytes(Good), type)).Status);

    [Fact]
    public async Task Full_storage_is_503_with_Retry_After()
    {
        _edge.Node.StorageFails = new StorageFullException("The database has reached its bound of 1 GiB; raise storage.max-size.");

        var answer = await _edge.PostAsync("/metrics", Good);

        answer.IsProblem(503);
        Assert.True(answer.RetryAfter > TimeSpan.Zero);
        Assert.Contains("1 GiB", answer.Detail);
    }

    [Fact]
    public async Task Unreachable_storage_is_503_with_Retry_After()
    {
        _edge.Node.StorageFails = new StorageUnavailableException("The database was busy for more than 5 s; try again.");

        var answer = await _edge.PostAsync("/metrics", Good);

        answer.IsProblem(503);
        Assert.True(answer.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public async Task An_unknown_outcome_closes_the_connection_without_an_answer()
    {
        _edge.Node.StorageFails = new OutcomeUnknownException("The commit's answer was lost.");
        using var client = new TcpClient();

        var answer = await RawAsync(client, _edge.Edge, $"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {Good.Length}\r\n\r\n{Good}");

        Assert.Equal("", answer);
    }

    [Fact]
    public async Task Parsers_are_used_again_without_mixing_their_samples()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => _edge.PostAsync("/metrics", $$"""[{"name":"m{{i}}","value":{{i}}},{"name":"m{{i}}","value":{{i}}}]""")));

        Assert.All(answers, a => Assert.Equal("""{"accepted":2,"rejected":[]}""", a.Body));
        var expected = Enumerable.Range(0, 200).SelectMany(i => Enumerable.Repeat(($"m{i}", $$"""{"value":{{i}}}"""), 2)).Order();
        Assert.Equal(expected, _edge.Node.Samples().Order());
    }

    private static HttpRequestMessage Chunked(string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/metrics") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;
        return request;
    }

    /// <summary>What comes back until the other side closes; nothing when it resets.</summary>
    private static async Task<string> RawAsync(TcpClient client, Uri to, string request)
    {
        await client.ConnectAsync(to.Host, to.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received);
        }
        catch (IOException reset) when (reset.InnerException is SocketException)
        {
            return Encoding.ASCII.GetString(received.ToArray());
        }
        return Encoding.ASCII.GetString(received.ToArray());
    }
}
