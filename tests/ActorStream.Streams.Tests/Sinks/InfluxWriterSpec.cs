using System.Net;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;

namespace ActorStream.Streams.Tests.Sinks;

public sealed class InfluxWriterSpec : IDisposable
{
    private const string Url = "http://influx:8086/?db=d";

    private readonly FakeInflux _influx = new();

    public void Dispose() => _influx.Dispose();

    [Theory]
    [InlineData("http://influx:8086/?db=d", "me:secret", "http://influx:8086/write?db=d&precision=ms", "Basic bWU6c2VjcmV0")]
    [InlineData("https://influx/?org=o&bucket=b", "secret", "https://influx/api/v2/write?org=o&bucket=b&precision=ms", "Token secret")]
    [InlineData("http://influx:8086/?db=d", "", "http://influx:8086/write?db=d&precision=ms", null)]
    public async Task A_chunk_is_one_request_to_where_the_url_says_with_the_token(string url, string token, string uri, string? authorization)
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world, url, token);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(1_000, avg: 1), Results.Of(2_000, avg: 2)));

        Assert.Equal([(uri, authorization, 2)], _influx.Requests);
        Assert.Equal("count=2i,sum=2,min=0,max=2,avg=1,window_end=2000i,retracted=false", _influx.Points["p,key=k,window=tumbling@1000"]);
        Assert.Equal(2, world.Committed.Position);
    }

    [Fact]
    public async Task What_was_written_and_not_committed_is_written_again_over_itself()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);
        var chunk = Results.Chunk(0, Results.Of(1_000, avg: 1), Results.Of(2_000, avg: 2));
        var dead = await world.ClaimAsync();
        var row = await world.ClaimAsync();

        Assert.Equal(CommitOutcome.Fenced, (await writer.WriteAsync(dead, chunk)).Outcome);
        Assert.Equal(0, world.Committed.Position);
        await SinkWorld.WriteAsync(writer, row, chunk, Results.Chunk(2, Results.Of(3_000, avg: 3)));

        Assert.Equal(["p,key=k,window=tumbling@1000", "p,key=k,window=tumbling@2000", "p,key=k,window=tumbling@3000"], _influx.Points.Keys.Order());
    }

    [Fact]
    public async Task A_zombie_cannot_put_an_old_revision_over_a_newer_one_where_windows_have_several()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world, revisionIsTag: true);
        var zombie = await world.ClaimAsync();

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Results.Of(1_000, avg: 1), Results.Of(1_000, avg: 2, revision: 1)));
        await writer.WriteAsync(zombie, Results.Chunk(0, Results.Of(1_000, avg: 1)));

        Assert.Contains("avg=2,", _influx.Points["p,key=k,revision=1,window=tumbling@1000"], StringComparison.Ordinal);
        Assert.Contains("avg=1,", _influx.Points["p,key=k,revision=0,window=tumbling@1000"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_point_that_is_refused_becomes_a_dead_letter_with_the_servers_answer_and_the_others_are_written(bool takesTheOthers)
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);
        (_influx.Bad, _influx.TakesTheOthers) = ("key=bad", takesTheOthers);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(10, Enumerable.Range(0, 100).Select(i => Results.Of(1_000L * i, avg: i, key: i is 37 or 38 or 99 ? "bad" : "good"))));

        Assert.Equal(97, _influx.Points.Count);
        var letters = world.Storage.DeadLetters.List(10);
        Assert.Equal(["sink.p.out/results.p.1/0@109", "sink.p.out/results.p.1/0@47", "sink.p.out/results.p.1/0@48"], letters.Select(l => l.Id).Order(StringComparer.Ordinal));
        Assert.All(letters, l => Assert.Equal(("undeliverable", "InfluxDB answered 400: {\"error\":\"partial write: field type conflict\"}"), (l.Reason, l.Detail)));
        Assert.Contains("p/tumbling_bad_37000", letters.Single(l => l.Id.EndsWith("@47", StringComparison.Ordinal)).Excerpt, StringComparison.Ordinal);
        Assert.Equal((110L, 100L, 97L, 3L), (world.Committed.Position, world.Committed.Counters.Records, world.Committed.Counters.Routed, world.Committed.Counters.Unreadable));
        // Three bad points among a hundred: at most two requests for each halving of each.
        Assert.InRange(_influx.Requests.Count, 1, 1 + (3 * 2 * 7));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "answered 503")]
    [InlineData(HttpStatusCode.InternalServerError, "engine: cache-max-memory-size exceeded")]
    [InlineData(HttpStatusCode.TooManyRequests, "answered 429")]
    [InlineData(HttpStatusCode.RequestTimeout, "no answer within 30 s")]
    [InlineData(HttpStatusCode.Unauthorized, "Give a token that may write as ACTORSTREAM_INFLUXDB_TOKEN")]
    [InlineData(HttpStatusCode.NotFound, "Make the database or bucket")]
    [InlineData(HttpStatusCode.Found, "answered 302")]
    public async Task What_is_not_the_points_fault_stops_the_sink_where_it_is_until_it_is_mended(HttpStatusCode status, string said)
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world, token: "me:tell-nobody");
        var row = await world.ClaimAsync();
        var chunk = Results.Chunk(0, Results.Of(1_000, avg: 1), Results.Of(2_000, avg: 2));

        _influx.Broken = status;
        var failed = await Assert.ThrowsAsync<ReaderAnomalyException>(() => writer.WriteAsync(row, chunk));

        Assert.Contains(said, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("tell-nobody", failed.Message, StringComparison.Ordinal);
        Assert.Equal(0, world.Committed.Position);
        Assert.Empty(world.Storage.DeadLetters.List(10));
        _influx.Broken = null;
        await SinkWorld.WriteAsync(writer, row, chunk);
        Assert.Equal(2, _influx.Points.Count);
    }

    [Fact]
    public async Task More_than_a_batch_is_several_requests_and_one_commit()
    {
        await using var world = await SinkWorld.OpenAsync();
        using var writer = NewWriter(world);

        await SinkWorld.WriteAsync(writer, await world.ClaimAsync(), Results.Chunk(0, Enumerable.Range(0, 12_000).Select(i => Results.Of(1_000L * i, avg: i))));

        Assert.Equal([5_000, 5_000, 2_000], _influx.Requests.Select(r => r.Lines));
        Assert.Equal((1L, 12_000L), (world.Committed.Serial, world.Committed.Position));
    }

    private InfluxWriter NewWriter(SinkWorld world, string url = Url, string token = "", bool revisionIsTag = false) => new(
        SinkWorld.Partition, new InfluxClient(InfluxTarget.Of(url), new InfluxToken(token), _influx), revisionIsTag, world.Storage.Commits, world.Storage.DeadLetters);
}
