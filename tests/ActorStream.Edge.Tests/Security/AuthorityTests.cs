using System.Diagnostics;
using System.Text;
using ActorStream.Edge.Security;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Tests.Security;

/// <summary>auth.mode = authority against a provider of this test.</summary>
public sealed class AuthorityTests : IAsyncLifetime
{
    private const int CallersAtOnce = 8;
    private const int AsksMore = 3;

    private OpenIdStandIn _authority = null!;
    private RunningEdge _edge = null!;

    public async Task InitializeAsync()
    {
        _authority = await OpenIdStandIn.StartAsync();
        _edge = await RunningEdge.StartAsync(o => o with { Auth = new AuthSettings(AuthMode.Authority, ReadOnlyMemory<byte>.Empty, _authority.Url, "actorstream") });
    }

    public async Task DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _authority.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_authority_is_taken_for_its_scopes_and_no_other()
    {
        Assert.Equal(200, (await AskAsync(Token())).Status);
        (await AskAsync(Token(scope: "metrics:write"))).IsProblem(403);
    }

    [Fact]
    public async Task A_token_signed_with_another_key_under_a_known_kid_is_401()
        => await IsRefusedAsync(Token(key: OpenIdStandIn.NewRsa("first")), "signature");

    [Theory]
    [InlineData("nobody's")]
    [InlineData(null)]
    public async Task A_token_signed_with_a_key_that_the_authority_does_not_name_is_401(string? kid)
        => await IsRefusedAsync(Token(key: OpenIdStandIn.NewRsa(kid!)), "signature");

    [Theory]
    [InlineData("https://elsewhere.example.org")]
    [InlineData("")]
    [InlineData("actorstream")]
    public async Task A_token_of_another_issuer_is_401(string issuer)
        => await IsRefusedAsync(Token(issuer: issuer), "issuer (iss)");

    [Fact]
    public async Task A_token_for_another_audience_is_401()
        => await IsRefusedAsync(Token(audience: "billing"), "audience (aud)");

    [Fact]
    public async Task An_expired_token_is_401_that_names_its_end_and_the_skew_and_within_the_skew_it_is_taken()
    {
        await IsRefusedAsync(Token(from: -3600, to: -60), "more than 30 s ago");
        await IsRefusedAsync(Token(from: 60, to: 3600), "more than 30 s from now");
        Assert.Equal(200, (await AskAsync(Token(from: -3600, to: -5))).Status);
        Assert.Equal(200, (await AskAsync(Token(from: 20, to: 3600))).Status);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    public async Task A_token_with_alg_none_is_401(string algorithm)
    {
        var parts = Token().Split('.');
        var header = Base64UrlEncoder.Encode($$"""{"alg":"{{algorithm}}","typ":"JWT","kid":"first"}""");

        await IsRefusedAsync($"{header}.{parts[1]}.", "");
        await IsRefusedAsync($"{header}.{parts[1]}.{parts[2]}", "");
    }

    [Fact]
    public async Task A_token_signed_by_HS256_with_the_public_key_as_its_secret_is_401()
    {
        using var rsa = _authority.Keys[0].Rsa;

        foreach (var secret in new[] { rsa.ExportSubjectPublicKeyInfo(), rsa.ExportRSAPublicKey(), Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), rsa.ExportParameters(false).Modulus! })
            await IsRefusedAsync(Token(key: new SymmetricSecurityKey(secret) { KeyId = "first" }, algorithm: SecurityAlgorithms.HmacSha256), "");
    }

    [Fact]
    public async Task A_key_that_the_authority_has_added_meanwhile_is_known_before_long()
    {
        Assert.Equal(200, (await AskAsync(Token())).Status);
        var added = OpenIdStandIn.NewRsa("second");
        _authority.Keys.Add(added);

        await UntilAsync(() => AskAsync(Token(key: added)), 200, 401);
    }

    [Theory]
    [InlineData(OpenIdStandIn.Behaviour.HangsUp)]
    [InlineData(OpenIdStandIn.Behaviour.Fails)]
    [InlineData(OpenIdStandIn.Behaviour.Nonsense)]
    [InlineData(OpenIdStandIn.Behaviour.NamesNoKeys)]
    public async Task While_the_keys_of_the_authority_cannot_be_read_the_answer_is_503_and_then_the_token_is_taken(object behaviour)
    {
        _authority.Behaves = (OpenIdStandIn.Behaviour)behaviour;
        var during = await AskAsync(Token());
        var again = await AskAsync(Token());
        _authority.Behaves = OpenIdStandIn.Behaviour.Answers;
        var after = await AskAsync(Token());

        foreach (var refused in new[] { during, again })
        {
            refused.IsProblem(503);
            Assert.True(refused.RetryAfter > TimeSpan.Zero);
            Assert.Contains("authority", refused.Detail);
            Assert.DoesNotContain("IDX", refused.Body);
        }
        Assert.Equal(200, after.Status);
    }

    [Fact]
    public async Task A_silent_authority_costs_every_caller_a_few_seconds_and_not_the_sum_of_all()
    {
        _authority.Behaves = OpenIdStandIn.Behaviour.Silent;
        var start = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, CallersAtOnce).Select(_ => AskAsync(Token())));
        var took = Stopwatch.GetElapsedTime(start);
        _authority.Behaves = OpenIdStandIn.Behaviour.Answers;

        Assert.All(answers, a => a.IsProblem(503));
        Assert.True(took < AuthorityKeys.Patience * (CallersAtOnce / 2), $"{CallersAtOnce} callers waited {took}.");
        // Requests that the authority never answered end by themselves first.
        await UntilAsync(() => AskAsync(Token()), 200, 503);
    }

    [Fact]
    public async Task An_authority_that_goes_away_after_its_keys_were_read_is_not_missed()
    {
        Assert.Equal(200, (await AskAsync(Token())).Status);
        _authority.Behaves = OpenIdStandIn.Behaviour.HangsUp;

        Assert.Equal(200, (await AskAsync(Token())).Status);
        await IsRefusedAsync(Token(audience: "billing"), "audience");
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_401_also_while_the_authority_is_away()
    {
        _authority.Behaves = OpenIdStandIn.Behaviour.HangsUp;

        (await _edge.GetAsync("/rules")).IsProblem(401);
        Assert.Equal(200, (await _edge.GetAsync("/health")).Status);
        Assert.Equal(0, _authority.Asked);
    }

    private async Task IsRefusedAsync(string token, string sentence)
    {
        var answer = await AskAsync(token);

        answer.IsProblem(401);
        Assert.Contains(sentence, answer.Detail);
        Assert.DoesNotContain("IDX", answer.Body);
    }

    private static async Task UntilAsync(Func<Task<Answer>> ask, int status, int meanwhile)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var answer = await ask(); answer.Status != status; answer = await ask())
        {
            answer.IsProblem(meanwhile);
            await pace.WaitForNextTickAsync(patience.Token);
        }
    }

    private string Token(string scope = "read", double from = -60, double to = 600, string audience = "actorstream", string? issuer = null, SecurityKey? key = null, string algorithm = SecurityAlgorithms.RsaSha256)
    {
        var now = DateTime.UtcNow;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? _authority.Issuer,
            Audience = audience,
            NotBefore = now.AddSeconds(from),
            IssuedAt = now.AddSeconds(Math.Min(from, to)),
            Expires = now.AddSeconds(to),
            Claims = new Dictionary<string, object> { [Scopes.Claim] = scope },
            SigningCredentials = new SigningCredentials(key ?? _authority.Keys[0], algorithm),
        });
    }

    private async Task<Answer> AskAsync(string token)
    {
        var answer = await AskOnceAsync(token);
        // On a starved machine the first reading of the keys may outlast the edge's patience.
        for (var more = 0; more < AsksMore && answer.Status == 503 && _authority.Behaves == OpenIdStandIn.Behaviour.Answers; more++)
            answer = await AskOnceAsync(token);
        return answer;
    }

    private Task<Answer> AskOnceAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/rules");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return _edge.SendAsync(request);
    }
}
