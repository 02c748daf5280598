using System.Text;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Tests.Security;

public sealed class TokenTests : IAsyncLifetime
{
    private const string Rule = """{"metric_name":"m","threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/1/top-secret"}""";

    private const string Pipeline = """{"source":{"type":"topic","topic":"orders-in"},"windows":[{"type":"tumbling","size_ms":10000}]}""";

    private static readonly AuthSettings Auth = new(AuthMode.Hs256, Encoding.UTF8.GetBytes("a key of this test that is long enough"), null, "actorstream");

    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync(o => o with { Auth = Auth });

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Theory]
    [InlineData("POST", "/metrics")]
    [InlineData("POST", "/rules")]
    [InlineData("GET", "/rules")]
    [InlineData("GET", "/rules/00000000-0000-4000-8000-000000000000")]
    [InlineData("DELETE", "/rules/00000000-0000-4000-8000-000000000000")]
    [InlineData("GET", "/alarms")]
    [InlineData("GET", "/webhooks")]
    [InlineData("GET", "/cluster")]
    [InlineData("GET", "/dead-letters")]
    [InlineData("GET", "/pipelines")]
    [InlineData("POST", "/checkpoint")]
    public async Task Without_a_token_a_route_is_refused_with_401_although_the_caller_is_on_this_machine(string method, string path)
    {
        var answer = await AskAsync(method, path, null);

        answer.IsProblem(401);
        Assert.Empty(_edge.Node.Appended);
    }

    [Theory]
    [InlineData("GET", "/pipelines", Scopes.Read, "")]
    [InlineData("GET", "/pipelines/orders", Scopes.Read, "")]
    [InlineData("GET", "/pipelines/orders/stats", Scopes.Read, "")]
    [InlineData("PUT", "/pipelines/orders", Scopes.Control, "put orders")]
    [InlineData("POST", "/pipelines/orders/plan", Scopes.Control, "plan orders")]
    [InlineData("POST", "/pipelines/orders/start", Scopes.Control, "start orders")]
    [InlineData("POST", "/pipelines/orders/stop", Scopes.Control, "stop orders")]
    [InlineData("POST", "/pipelines/orders/drain", Scopes.Control, "drain orders")]
    [InlineData("DELETE", "/pipelines/orders", Scopes.Control, "delete orders")]
    [InlineData("GET", "/pbm/pipelines", Scopes.Read, "")]
    [InlineData("GET", "/pbm/pipelines/orders", Scopes.Read, "")]
    [InlineData("POST", "/pbm/pipelines/orders/start", Scopes.Control, "start orders")]
    [InlineData("POST", "/pbm/pipelines/orders/stop", Scopes.Control, "stop orders")]
    [InlineData("POST", "/pbm/pipelines/orders/drain", Scopes.Control, "drain orders")]
    [InlineData("POST", "/pbm/pipelines/orders/delete", Scopes.Control, "delete orders")]
    public async Task A_pipeline_is_seen_and_steered_with_the_scope_of_the_route_and_without_it_nothing_reaches_it(string method, string path, string scope, string asked)
    {
        var address = new Uri(path.StartsWith("/pbm/", StringComparison.Ordinal) ? _edge.Management : _edge.Edge, path).ToString();

        var nobody = await AskAsync(method, address, null, Pipeline);
        var others = await AskAsync(method, address, Token(scopes: [.. Scopes.All.Where(s => s != scope)]), Pipeline);
        var before = Asked();
        var taken = await AskAsync(method, address, Token(scopes: [scope]), Pipeline);

        nobody.IsProblem(401);
        others.IsProblem(403);
        Assert.Contains($"'{scope}'", others.Detail);
        Assert.Equal(("", 200, asked), (before, taken.Status, Asked()));
    }

    [Theory]
    [InlineData("GET", "/pbm/cluster")]
    [InlineData("GET", "/pbm/rules")]
    [InlineData("POST", "/pbm/cluster/leave")]
    public async Task The_management_port_asks_for_a_token_too(string method, string path)
    {
        (await AskAsync(method, new Uri(_edge.Management, path).ToString(), null)).IsProblem(401);
        Assert.Empty(_edge.Node.Operations);
    }

    [Fact]
    public async Task Probes_scrapers_and_the_description_stay_open()
    {
        foreach (var path in new[] { "/health", "/metrics", "/openapi/v1.json", "/docs" })
            Assert.Equal(200, (await AskAsync("GET", path, null)).Status);
        foreach (var path in new[] { "/alive", "/ready", "/metrics" })
            Assert.Equal(200, (await AskAsync("GET", new Uri(_edge.Management, path).ToString(), null)).Status);
    }

    [Theory]
    [InlineData("POST", "/metrics", Scopes.MetricsWrite)]
    [InlineData("POST", "/rules", Scopes.RulesWrite)]
    [InlineData("GET", "/rules", Scopes.Read)]
    [InlineData("GET", "/windows", Scopes.Read)]
    [InlineData("GET", "/checkpoints", Scopes.Read)]
    [InlineData("POST", "/checkpoint", Scopes.Control)]
    public async Task A_token_with_the_scope_of_the_route_is_taken_and_with_all_others_is_403_that_names_the_missing_one(string method, string path, string scope)
    {
        var taken = await AskAsync(method, path, Token(scopes: [scope]), path == "/rules" ? Rule : """{"name":"m","value":1}""");
        var refused = await AskAsync(method, path, Token(scopes: [.. Scopes.All.Where(s => s != scope)]), Rule);

        Assert.Equal(200, taken.Status);
        refused.IsProblem(403);
        Assert.Contains($"'{scope}'", refused.Detail);
    }

    [Fact]
    public async Task Only_the_scope_control_makes_a_node_leave()
    {
        var leave = new Uri(_edge.Management, "/pbm/cluster/leave").ToString();

        (await AskAsync("POST", leave, Token(scopes: [Scopes.Read]))).IsProblem(403);
        Assert.Equal(200, (await AskAsync("POST", leave, Token(scopes: [Scopes.Control]))).Status);
        Assert.Single(_edge.Node.Operations);
    }

    [Fact]
    public async Task A_scope_is_a_whole_word()
        => (await AskAsync("GET", "/rules", Token(claim: "readers rules:write-not"))).IsProblem(403);

    [Fact]
    public async Task Scopes_that_a_provider_sends_as_a_list_are_read_the_same_way()
        => Assert.Equal(200, (await AskAsync("GET", "/rules", Token(claim: new[] { "openid", "read" }))).Status);

    [Fact]
    public async Task Webhooks_are_masked_unless_the_token_has_rules_write()
    {
        await AskAsync("POST", "/rules", Token(scopes: [Scopes.RulesWrite]), Rule);

        var reader = await AskAsync("GET", "/rules", Token(scopes: [Scopes.Read]));
        var writer = await AskAsync("GET", "/rules", Token(scopes: [Scopes.Read, Scopes.RulesWrite]));

        Assert.Contains("discord.com", reader.Body);
        Assert.DoesNotContain("top-secret", reader.Body);
        Assert.Contains("top-secret", writer.Body);
    }

    [Fact]
    public async Task An_expired_token_is_refused_with_the_time_it_ended()
    {
        var answer = await AskAsync("GET", "/rules", Token(from: -3600, to: -60));

        answer.IsProblem(401);
        Assert.Contains("expired", answer.Detail);
    }

    [Fact]
    public async Task A_token_that_is_not_valid_yet_is_refused()
        => Assert.Contains("valid from", (await AskAsync("GET", "/rules", Token(from: 120, to: 3600))).Detail);

    [Fact]
    public async Task Within_the_clock_skew_a_token_is_taken()
    {
        Assert.Equal(200, (await AskAsync("GET", "/rules", Token(from: -3600, to: -5))).Status);
        Assert.Equal(200, (await AskAsync("GET", "/rules", Token(from: 20, to: 3600))).Status);
    }

    [Fact]
    public void The_clock_skew_is_thirty_seconds_to_the_tick()
    {
        var (begin, end) = (new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), new DateTime(2026, 1, 1, 1, 0, 0, DateTimeKind.Utc));

        Assert.True(TokenSetup.IsAlive(begin, end, begin.AddSeconds(-30)));
        Assert.True(TokenSetup.IsAlive(begin, end, end.AddSeconds(30)));
        Assert.Throws<SecurityTokenNotYetValidException>(() => TokenSetup.IsAlive(begin, end, begin.AddSeconds(-30).AddTicks(-1)));
        Assert.Throws<SecurityTokenExpiredException>(() => TokenSetup.IsAlive(begin, end, end.AddSeconds(30).AddTicks(1)));
        Assert.Throws<SecurityTokenNoExpirationException>(() => TokenSetup.IsAlive(begin, null, begin));
    }

    [Fact]
    public async Task A_token_for_another_audience_is_refused()
        => Assert.Contains("audience", (await AskAsync("GET", "/rules", Token(audience: "billing"))).Detail);

    [Fact]
    public async Task A_token_signed_with_another_key_is_refused()
        => Assert.Contains("signature", (await AskAsync("GET", "/rules", Token(key: "another key that is as long as this one"))).Detail);

    [Fact]
    public async Task A_token_with_alg_none_is_refused()
    {
        var (now, end) = (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600);
        var unsigned = $"{Part("""{"alg":"none","typ":"JWT"}""")}.{Part($$"""{"aud":"actorstream","scope":"read rules:write","nbf":{{now}},"exp":{{end}}}""")}.";

        (await AskAsync("GET", "/rules", unsigned)).IsProblem(401);
    }

    [Fact]
    public async Task A_token_with_another_algorithm_of_the_same_key_is_refused()
        => (await AskAsync("GET", "/rules", Token(algorithm: SecurityAlgorithms.HmacSha512, key: new string('k', 64)))).IsProblem(401);

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.")]
    [InlineData("....")]
    public async Task What_is_no_token_is_refused_and_never_500(string token)
    {
        var answer = await AskAsync("GET", "/rules", token);

        answer.IsProblem(401);
        Assert.DoesNotContain("IDX", answer.Body);
    }

    [Fact]
    public async Task A_token_that_was_changed_on_its_way_is_refused()
    {
        var parts = Token(scopes: [Scopes.Read]).Split('.');
        var widened = Part(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(parts[1])).Replace("\"read\"", "\"control\""));

        (await AskAsync("GET", "/rules", $"{parts[0]}.{widened}.{parts[2]}")).IsProblem(401);
    }

    [Fact]
    public void Every_route_says_whom_it_lets_in()
    {
        var silent = _edge.Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<OnListener>() is not null && e.Metadata.GetMetadata<RouteAccess>() is null);

        Assert.Empty(silent.Select(e => e.RoutePattern.RawText));
        Assert.All(_edge.Endpoints.OfType<RouteEndpoint>().Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>() is { } m && !m.HttpMethods.All(HttpMethods.IsGet)), e => Assert.NotNull(e.Metadata.GetMetadata<RouteAccess>()?.Scope));
    }

    /// <summary>What reached the pipelines.</summary>
    private string Asked() => string.Join(", ", _edge.Node.Streams.Given.Select(g => $"{(g.IsPlan ? "plan" : "put")} {g.Spec.Id}").Concat(_edge.Node.Streams.Steered));

    private static string Part(string json) => Base64UrlEncoder.Encode(json);

    private static string Token(string[]? scopes = null, object? claim = null, double from = -60, double to = 600, string audience = "actorstream", string? key = null, string algorithm = SecurityAlgorithms.HmacSha256)
    {
        var now = DateTime.UtcNow;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            NotBefore = now.AddSeconds(from),
            IssuedAt = now.AddSeconds(Math.Min(from, to)),
            Expires = now.AddSeconds(to),
            Claims = new Dictionary<string, object> { [Scopes.Claim] = claim ?? string.Join(' ', scopes ?? [.. Scopes.All]) },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key is null ? Auth.Key.ToArray() : Encoding.UTF8.GetBytes(key)), algorithm),
        });
    }

    private Task<Answer> AskAsync(string method, string path, string? token, string? body = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "POST" or "PUT")
            request.Content = new StringContent(body ?? "{}", Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return _edge.SendAsync(request);
    }
}
