using System.Net;
using System.Net.Sockets;
using ActorStream.Node.Cli;
using ActorStream.Node.Emulate;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class SamplePosterSpec
{
    private static readonly Uri First = new("http://127.0.0.1:8080");
    private static readonly Uri Second = new("http://127.0.0.1:8081");

    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly List<string> _complaints = [];

    [Fact]
    public void Tags_stand_in_the_body_only_where_there_are_any()
    {
        Assert.Equal("""{"name":"a","value":501}""", SamplePoster.BodyOf(SourceOf(), 501));
        Assert.Equal("""{"name":"a","value":0.3,"tags":{"machine_id":"12354"}}""", SamplePoster.BodyOf(SourceOf(("machine_id", "12354")), 0.3m));
    }

    [Fact]
    public async Task A_sample_that_is_not_taken_goes_to_the_next_edge_with_the_same_key_until_one_takes_it()
    {
        var edge = new ScriptedEdge(
            () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            () => throw new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)),
            () => new HttpResponseMessage(HttpStatusCode.OK));
        using var http = new HttpClient(edge);
        var poster = new SamplePoster(http, [First, Second], _time, _complaints.Add);

        var sending = poster.SendAsync(SourceOf(), 1, CancellationToken.None);
        await AdvanceUntilAsync(sending);

        Assert.Equal(["http://127.0.0.1:8080/metrics", "http://127.0.0.1:8081/metrics", "http://127.0.0.1:8080/metrics"], edge.Urls);
        Assert.Single(edge.Keys.Distinct());
        Assert.Contains("503", Assert.Single(_complaints));
    }

    [Fact]
    public async Task A_sample_that_is_refused_for_good_ends_the_source_with_the_edge_s_sentence()
    {
        var edge = new ScriptedEdge(() => new HttpResponseMessage(HttpStatusCode.UnprocessableEntity) { Content = new StringContent("""{"detail":"The name is too long."}""") });
        using var http = new HttpClient(edge);
        var poster = new SamplePoster(http, [First], _time, _complaints.Add);

        var refused = await Assert.ThrowsAsync<CommandFailedException>(() => poster.SendAsync(SourceOf(), 1, CancellationToken.None));

        Assert.Contains("422", refused.Message);
        Assert.Contains("The name is too long.", refused.Message);
    }

    [Fact]
    public async Task A_source_sends_as_many_records_as_it_was_told_one_each_period()
    {
        var time = new ArmingTime();
        var sent = new List<(decimal Value, TimeSpan At)>();
        var start = time.GetTimestamp();
        var source = new EmulatedSource("a", Shapes.Stairs(1, 3, 1), TimeSpan.FromSeconds(2), EmulatedSource.NoTags);

        var running = source.RunAsync((_, value, _) => Note(value), 4, time, CancellationToken.None);
        for (var pause = 0; pause < 3; pause++)
        {
            Assert.True(await time.Armed.WaitAsync(TimeSpan.FromSeconds(30)));
            time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(4, await running);
        Assert.Equal([1m, 2m, 3m, 1m], sent.Select(s => s.Value));
        Assert.Equal([0d, 2d, 4d, 6d], sent.Select(s => s.At.TotalSeconds));

        Task Note(decimal value)
        {
            sent.Add((value, time.GetElapsedTime(start)));
            return Task.CompletedTask;
        }
    }

    private async Task AdvanceUntilAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
        await work;
    }

    private static EmulatedSource SourceOf(params (string Name, string Value)[] tags) => new("a", [], TimeSpan.FromSeconds(1), tags.ToDictionary(t => t.Name, t => t.Value));

    private sealed class ScriptedEdge(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        private int _next;

        public List<string> Urls { get; } = [];

        public List<string> Keys { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Urls.Add(request.RequestUri!.ToString());
            Keys.Add(request.Headers.GetValues("Idempotency-Key").Single());
            return Task.FromResult(answers[_next++]());
        }
    }

    /// <summary>Says when somebody has begun to wait: only then may time go on.</summary>
    private sealed class ArmingTime : FakeTimeProvider
    {
        public SemaphoreSlim Armed { get; } = new(0);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Armed.Release();
            return timer;
        }
    }
}
