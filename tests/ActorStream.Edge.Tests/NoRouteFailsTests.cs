using System.Text;
using ActorStream.Edge.Tests.Support;
using CsCheck;

namespace ActorStream.Edge.Tests;

public sealed class NoRouteFailsTests
{
    private static readonly string[] Paths =
    [
        "/metrics", "/rules", "/rules/x", "/rules/x/test", "/rules/x/explain", "/rules/00000000-0000-4000-8000-000000000000/explain", "/alarms/x", "/webhooks", "/pbm/webhooks", "/pbm/alarms/explain/x", "/rules/00000000-0000-4000-8000-000000000000", "/health", "/cluster", "/alarms", "/dead-letters", "/openapi/v1.json", "/openapi/v9.json", "/docs", "/docs/x/y", "/",
        "/alive", "/ready", "/pbm", "/pbm/cluster", "/pbm/cluster/status", "/pbm/cluster/leave", "/pbm/cluster/down", "/pbm/sharding", "/pbm/sharding/readers", "/pbm/sharding/x", "/pbm/sources", "/pbm/notices",
        "/pbm/alarms", "/pbm/alarms/entity", "/pbm/rules", "/pbm/dead-letters",
        "/status", "/pipelines", "/pipelines/orders", "/pipelines/x", "/pipelines/orders/stats", "/pipelines/x/stats", "/pipelines/orders/start", "/pipelines/x/stop", "/pipelines/orders/plan", "/pipelines/x/plan", "/pipelines/orders/drain", "/pipelines/x/drain", "/watermarks", "/windows", "/state", "/checkpoint", "/checkpoints",
        "/pbm/pipelines", "/pbm/pipelines/x", "/pbm/pipelines/x/start", "/pbm/pipelines/x/drain", "/pbm/pipelines/orders/delete", "/pbm/windows", "/pbm/watermarks", "/pbm/checkpoints",
    ];

    private static readonly Gen<string> Queries = OneOf("", "?limit=x", "?limit=%00", "?from=%ff&to=x", "?after=x", "?series=%00", "?before=-1&state=", "?metric=%ff", "?metric=silent", "?strict=2", "?address=", "?address=x", "?drop=%00", "?drop=true", "?&&=&%zz", "?pipeline_id=%00", "?pipeline_id=orders&pipeline_id=visits");

    private static readonly Gen<byte[]> Bodies = Gen.OneOf(
        OneOf("", "{", "[]", "{}", "[[[[", "{\"name\":\"\\ud800\",\"value\":1}", "{\"metric_name\":\"\\ud800\",\"threshold\":1}", "\"\\ud800\"", "{\"\\ud800\":1}", "{\"threshold\":-0e-999}", "{\"windows\":[\"\\ud800\",null]}", "{\"name\":\"\\ud800\",\"sinks\":[{}],\"aggregate\":[{}]}", "{\"app_name\":[],\"windowing\":{\"windows\":[[]]}}").Select(Encoding.UTF8.GetBytes),
        Gen.Byte.Array[0, 64]);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public async Task Whatever_is_sent_no_route_answers_500()
    {
        await using var edge = await RunningEdge.StartAsync();
        var requests = Gen.Select(
            Gen.Bool, OneOf("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"), OneOf(Paths), Queries, Bodies,
            OneOf("application/json", "application/x-ndjson", "text/plain", "x", ";;;", "application/json; charset="));

        await requests.SampleAsync(
            async (atEdge, method, path, query, body, type) =>
            {
                var request = new HttpRequestMessage(new HttpMethod(method), new Uri(atEdge ? edge.Edge : edge.Management, path + query)) { Content = new ByteArrayContent(body) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
                var answer = await edge.SendAsync(request);
                Assert.True(answer.Status is < 500 or 503, $"{method} {path}{query} {type} {Convert.ToHexString(body)}: {answer.Status} {answer.Body}");
                if (answer.Status >= 400 && method != "HEAD")
                    answer.IsProblem(answer.Status);
            },
            iter: 2_000, threads: 1);
    }
}
