using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Pipelines;
using Xunit;

namespace ActorStream.Edge.Tests.Pipelines;

/// <summary>Pipelines made, changed, drained and deleted, over a node that answers what it is told to.</summary>
public sealed class PipelineEditTests : IAsyncLifetime
{
    private const string Body = """{"source":{"type":"topic","topic":"orders-in"},"windows":[{"type":"tumbling","size_ms":10000}]}""";

    private static readonly PipelineUpdate Update = new([
        new UpdateStep("windows.session", "session with a gap of 30000 ms", "", UpdateEffect.Drops, "What its open windows hold is lost."),
        new UpdateStep("name", "a", "b", UpdateEffect.Keeps, "It is only shown.")]);

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData(PipelineOutcomeKind.Made, 201, "made")]
    [InlineData(PipelineOutcomeKind.Changed, 200, "changed")]
    [InlineData(PipelineOutcomeKind.Unchanged, 200, "unchanged")]
    public async Task What_is_done_is_answered_with_the_plan_and_the_version(PipelineOutcomeKind kind, int status, string outcome)
    {
        _edge.Node.Streams.Outcome = new PipelineOutcome(kind, Update, 12, null);

        var answer = await SendAsync("PUT", "/pipelines/orders?drop=true", Body, ("If-Match", "\"7\", \"8\""));

        Assert.Equal((status, "\"12\""), (answer.Status, answer.ETag));
        Assert.Equal(
            "{\"id\":\"orders\",\"outcome\":\"" + outcome + "\",\"steps\":[{\"what\":\"windows.session\",\"from\":\"session with a gap of 30000 ms\",\"to\":\"\",\"effect\":\"drops\",\"why\":\"What its open windows hold is lost.\"},"
            + "{\"what\":\"name\",\"from\":\"a\",\"to\":\"b\",\"effect\":\"keeps\",\"why\":\"It is only shown.\"}]}",
            answer.Body);
        var given = Assert.Single(_edge.Node.Streams.Given);
        Assert.Equal(("orders", "orders-in", false, true), (given.Spec.Id, given.Spec.Source.Topic, given.IsPlan, given.MayDrop));
        Assert.Equal([7L, 8], given.IfAt);
    }

    [Theory]
    [InlineData(PipelineOutcomeKind.Drops, "drops", "drop=true")]
    [InlineData(PipelineOutcomeKind.Refused, "refused", "does not fit")]
    [InlineData(PipelineOutcomeKind.Clashes, "clashes", "somebody else's")]
    public async Task What_cannot_be_is_409_with_the_plan(PipelineOutcomeKind kind, string outcome, string detail)
    {
        _edge.Node.Streams.Outcome = new PipelineOutcome(kind, Update, 12, kind == PipelineOutcomeKind.Clashes ? "It is somebody else's." : null);

        var answer = await SendAsync("PUT", "/pipelines/orders", Body);

        answer.IsProblem(409);
        Assert.Contains(detail, answer.Detail);
        Assert.Equal("drops windows.session: gone: session with a gap of 30000 ms. What its open windows hold is lost.", Assert.Single(answer.Json.GetProperty("errors").EnumerateArray()).GetString());
        Assert.Equal(outcome, answer.Json.GetProperty("plan").GetProperty("outcome").GetString());
        Assert.Equal(2, answer.Json.GetProperty("plan").GetProperty("steps").GetArrayLength());
        Assert.False(Assert.Single(_edge.Node.Streams.Given).MayDrop);
    }

    [Fact]
    public async Task A_plan_is_200_whatever_it_says_and_asks_only()
    {
        _edge.Node.Streams.Outcome = new PipelineOutcome(PipelineOutcomeKind.Drops, Update, 12, null);

        var answer = await SendAsync("POST", "/pipelines/orders/plan", Body);

        Assert.Equal((200, "drops"), (answer.Status, answer.Json.GetProperty("outcome").GetString()));
        Assert.True(Assert.Single(_edge.Node.Streams.Given).IsPlan);
    }

    [Theory]
    [InlineData("PUT", "/pipelines/orders")]
    [InlineData("POST", "/pipelines/orders/plan")]
    public async Task Faults_are_400_all_at_once(string method, string path)
    {
        var read = await SendAsync(method, path, """{"id":"other","source":{"type":"topic"},"windows":[{"type":"tumbling","size_ms":0}],"surprise":1}""");
        var other = await SendAsync(method, path, Body.Insert(1, "\"id\":\"other\","));
        _edge.Node.Streams.Outcome = new PipelineOutcome(PipelineOutcomeKind.Faulty, PipelineUpdate.Nothing, 0, null) { Faults = ["The first fault.", "The second fault."] };
        var refused = await SendAsync(method, path, Body);

        Assert.All([read, other, refused], a => a.IsProblem(400));
        Assert.Equal(3, read.Json.GetProperty("errors").GetArrayLength());
        Assert.Contains("the route names orders", other.Detail);
        Assert.Equal(["The first fault.", "The second fault."], refused.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"source\":")]
    public async Task A_body_that_is_no_object_is_400(string body) => (await SendAsync("PUT", "/pipelines/orders", body)).IsProblem(400);

    [Fact]
    public async Task A_version_that_is_not_there_any_more_is_412_and_a_word_that_drop_does_not_know_400()
    {
        _edge.Node.Streams.Outcome = new PipelineOutcome(PipelineOutcomeKind.Moved, PipelineUpdate.Nothing, 12, null);
        _edge.Node.Streams.Removal = new PipelineRemoval(PipelineRemovalKind.Moved);

        var put = await SendAsync("PUT", "/pipelines/orders", Body, ("If-Match", "\"7\""));
        var delete = await SendAsync("DELETE", "/pipelines/orders", null, ("If-Match", "\"9\""));
        var drop = await SendAsync("PUT", "/pipelines/orders?drop=perhaps", Body);
        var tag = await SendAsync("PUT", "/pipelines/orders", Body, ("If-Match", "7"));

        Assert.Equal([7L], Assert.Single(_edge.Node.Streams.Given).IfAt);
        Assert.Equal([9L], Assert.Single(_edge.Node.Streams.Deleted).IfAt);
        put.IsProblem(412);
        delete.IsProblem(412);
        Assert.Contains("The pipeline is not at the version", put.Detail);
        Assert.Contains("\"12\"", put.Detail);
        Assert.Contains("\"7\"", delete.Detail);
        drop.IsProblem(400);
        tag.IsProblem(400);
    }

    [Fact]
    public async Task A_pipeline_is_deleted_unless_somebody_else_says_what_it_is()
    {
        var done = await SendAsync("DELETE", "/pipelines/orders", null);
        _edge.Node.Streams.Removal = new PipelineRemoval(PipelineRemovalKind.Clashes, "A file says what it is.");
        var refused = await SendAsync("DELETE", "/pipelines/orders", null);

        Assert.Equal((200, """{"message":"Pipeline orders deleted"}"""), (done.Status, done.Body));
        Assert.All(_edge.Node.Streams.Deleted, d => Assert.Equal(("orders", null), d));
        refused.IsProblem(409);
        Assert.Equal("A file says what it is.", refused.Detail);
    }

    [Fact]
    public async Task A_drain_is_answered_when_it_is_done_and_503_says_what_is_missing()
    {
        var done = await SendAsync("POST", "/pipelines/orders/drain", null);
        _edge.Node.Streams.DrainMissing = "Sink out has written 3 of 9 results.";
        var missing = await SendAsync("POST", "/pipelines/orders/drain", null);

        Assert.Equal((200, """{"message":"Pipeline orders drained"}"""), (done.Status, done.Body));
        missing.IsProblem(503);
        Assert.Equal("Sink out has written 3 of 9 results.", missing.Detail);
    }

    [Fact]
    public async Task A_pipeline_is_shown_with_its_version() => Assert.Equal("\"7\"", (await _edge.GetAsync("/pipelines/orders")).ETag);

    private Task<Answer> SendAsync(string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _edge.SendAsync(request);
    }
}
