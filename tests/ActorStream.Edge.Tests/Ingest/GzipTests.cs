using System.IO.Compression;
using System.Text;
using ActorStream.Edge.Tests.Support;

namespace ActorStream.Edge.Tests.Ingest;

[Collection(Alone.Name)]
public sealed class GzipTests : IAsyncLifetime
{
    private const int BytesMax = 1 << 20;

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync(o => o with { BodyBytesMax = BytesMax });

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    public async Task A_gzip_body_is_stored_as_if_it_had_been_sent_plain(string encoding)
    {
        var answer = await PostAsync(Gzip(Lines(10_000)), encoding);

        Assert.Equal(200, answer.Status);
        Assert.Equal(10_000, answer.Json.GetProperty("accepted").GetInt32());
        Assert.Equal(10_000, _edge.Node.Samples().Count);
    }

    [Fact]
    public async Task The_bound_holds_after_inflation_to_the_byte()
    {
        Assert.Equal(200, (await PostAsync(Gzip(Lines(1).PadRight(BytesMax)))).Status);
        (await PostAsync(Gzip(Lines(1).PadRight(BytesMax + 1)))).IsProblem(413);
    }

    [Fact]
    public async Task A_bomb_is_413_and_costs_no_more_than_the_bound()
    {
        var bomb = Gzip(new byte[256 << 20]);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var answer = await PostAsync(bomb);

        answer.IsProblem(413);
        Assert.Contains($"{BytesMax}", answer.Detail);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 16 << 20);
        Assert.Empty(_edge.Node.Appended);
    }

    [Fact]
    public async Task A_gzip_body_cut_off_anywhere_is_400_and_nothing_of_it_is_stored()
    {
        var whole = Gzip(Lines(200));

        for (var length = 0; length < whole.Length; length += 1 + (whole.Length / 100))
            (await PostAsync(whole[..length])).IsProblem(400);

        Assert.Empty(_edge.Node.Appended);
    }

    [Fact]
    public async Task A_damaged_byte_is_400_and_nothing_of_the_body_is_stored()
    {
        var whole = Gzip(Lines(200));
        // Behind the ten bytes of the header, whose flags and times nothing protects.
        for (var at = 10; at < whole.Length; at += 1 + (whole.Length / 100))
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x55;
            (await PostAsync(damaged)).IsProblem(400);
        }

        Assert.Empty(_edge.Node.Appended);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    public async Task Another_encoding_is_415_and_names_those_taken(string encoding)
    {
        var answer = await PostAsync(Gzip(Lines(1)), encoding);

        answer.IsProblem(415);
        Assert.Contains("gzip", answer.Detail);
    }

    [Fact]
    public async Task A_plain_body_that_says_gzip_is_400() => (await PostAsync(Encoding.UTF8.GetBytes(Lines(10)))).IsProblem(400);

    [Fact]
    public async Task A_rule_is_not_taken_compressed()
    {
        var content = new ByteArrayContent(Gzip("{}"u8.ToArray())) { Headers = { ContentType = new("application/json") } };
        content.Headers.ContentEncoding.Add("gzip");

        (await _edge.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/rules") { Content = content })).IsProblem(415);
    }

    private static string Lines(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => $$"""{"name":"m{{i % 7}}","value":{{i}}}"""));

    private static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    private static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    private Task<Answer> PostAsync(byte[] body, string encoding = "gzip")
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return _edge.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics") { Content = content });
    }
}
