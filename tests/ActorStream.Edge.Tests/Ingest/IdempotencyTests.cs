using System.Text;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Tests.Ingest;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private const string Body = """[{"name":"m","value":1},{"name":"n","value":"x"},{"name":"o","value":3}]""";

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task A_repeated_post_appends_once_and_gets_the_same_counts()
    {
        var first = await PostAsync(Body, "k1");
        var again = await PostAsync(Body, "k1");

        Assert.Equal((200, 200), (first.Status, again.Status));
        Assert.Equal(first.Body, again.Body);
        Assert.Equal(2, _edge.Node.Samples().Count);
        Assert.Equal((null, "true"), (first.Replayed, again.Replayed));
    }

    [Theory]
    [InlineData("""[{"name":"m","value":1},{"name":"n","value":"x"},{"name":"o","value":4}]""")]
    [InlineData("""[{"name":"m","value":1}]""")]
    [InlineData("""[{"name":"o","value":3},{"name":"m","value":1},{"name":"p","value":3}]""")]
    public async Task Other_samples_under_a_used_key_are_422_and_are_not_stored_and_the_key_still_means_the_first(string other)
    {
        await PostAsync(Body, "k1");

        var refused = await PostAsync(other, "k1");

        refused.IsProblem(422);
        Assert.Contains("'k1'", refused.Detail);
        Assert.Contains("new key", refused.Detail);
        Assert.Equal(2, _edge.Node.Samples().Count);
        Assert.Equal("true", (await PostAsync(Body, "k1")).Replayed);
    }

    [Fact]
    public async Task The_same_samples_in_a_body_that_is_spaced_otherwise_are_a_repeat()
    {
        await PostAsync(Body, "k1");

        var again = await PostAsync(Body.Replace(",", " ,\n", StringComparison.Ordinal), "k1");

        Assert.Equal((200, "true"), (again.Status, again.Replayed));
        Assert.Equal(2, _edge.Node.Samples().Count);
    }

    [Fact]
    public async Task Without_a_key_a_repeat_appends_again_and_another_key_is_another_request()
    {
        await _edge.PostAsync("/metrics", Body);
        await _edge.PostAsync("/metrics", Body);
        await PostAsync(Body, "k1");
        await PostAsync(Body, "k2");

        Assert.Equal(8, _edge.Node.Samples().Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\tb")]
    public async Task A_key_that_is_no_visible_ASCII_is_400(string key)
    {
        (await PostAsync(Body, key)).IsProblem(400);
        Assert.Empty(_edge.Node.Appended);
    }

    [Fact]
    public async Task A_key_of_200_characters_is_taken_and_one_more_is_not()
    {
        Assert.Equal(200, (await PostAsync(Body, new string('~', 200))).Status);
        (await PostAsync(Body, new string('~', 201))).IsProblem(400);
    }

    [Fact]
    public async Task Two_keys_at_once_are_400()
    {
        var request = Request(Body);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", ["a", "b"]);

        (await _edge.SendAsync(request)).IsProblem(400);
    }

    [Fact]
    public async Task A_body_without_a_good_sample_uses_up_no_key()
    {
        await PostAsync("""[{"name":"m","value":"x"}]""", "k1");
        await PostAsync(Body, "k1");

        Assert.Equal(2, _edge.Node.Samples().Count);
    }

    [Fact]
    public async Task At_a_bound_ingest_is_503_with_Retry_After_and_its_sentence_and_goes_on_behind_it()
    {
        _edge.Node.IngestFull = new IngestRefusal("20000001 samples are stored and not yet read; at most 20000000 may be.", 5);
        var refused = await PostAsync(Body, "k1");
        _edge.Node.IngestFull = null;
        var taken = await PostAsync(Body, "k1");

        refused.IsProblem(503);
        Assert.Equal(TimeSpan.FromSeconds(5), refused.RetryAfter);
        Assert.Contains("20000001", refused.Detail);
        Assert.Equal(200, taken.Status);
        Assert.Equal(2, _edge.Node.Samples().Count);
    }

    private static HttpRequestMessage Request(string body) => new(HttpMethod.Post, "/metrics") { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    private Task<Answer> PostAsync(string body, string key)
    {
        var request = Request(body);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return _edge.SendAsync(request);
    }
}
