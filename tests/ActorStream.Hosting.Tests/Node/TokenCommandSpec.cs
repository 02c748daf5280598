using System.Net;
using ActorStream.Hosting.Options;
using ActorStream.Node.Cli;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class TokenCommandSpec : IDisposable
{
    private const string Key = "a key of these tests that is long enough";

    private readonly string _folder = Directory.CreateTempSubdirectory("as-token-").FullName;
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly string? _keyOfTheEnvironment = Environment.GetEnvironmentVariable(SettingsTable.AuthKey.EnvironmentName);

    public TokenCommandSpec() => Environment.SetEnvironmentVariable(SettingsTable.AuthKey.EnvironmentName, null);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(SettingsTable.AuthKey.EnvironmentName, _keyOfTheEnvironment);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_token_is_taken_by_a_node_with_the_same_key_for_its_scopes_and_refused_by_any_other()
    {
        var own = await TokenAsync("--scope", "read", "--ttl", "5m", "--auth-key-file", KeyFile(Key));
        var foreign = await TokenAsync("--scope", "read", "--auth-key-file", KeyFile("another key of these tests, as long as it"));
        await using var node = await RunningNode.StartAsync(more: [(SettingsTable.AuthMode, "hs256"), (SettingsTable.AuthKeyFile, KeyFile(Key))]);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(node, HttpMethod.Get, own));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(node, HttpMethod.Post, own));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(node, HttpMethod.Get, foreign));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(node, HttpMethod.Get, null));
    }

    [Fact]
    public async Task A_token_holds_what_was_asked_for_and_the_key_may_come_from_the_environment()
    {
        Environment.SetEnvironmentVariable(SettingsTable.AuthKey.EnvironmentName, Key);

        var token = new JsonWebToken(await TokenAsync("--scope", "read,rules:write", "--scope", "control", "--ttl", "90m", "--subject", "ann", "--auth-audience", "metrics"));

        Assert.Equal("read rules:write control", token.GetClaim("scope").Value);
        Assert.Equal(("ann", "metrics"), (token.Subject, token.Audiences.Single()));
        Assert.Equal(TimeSpan.FromMinutes(90), token.ValidTo - token.ValidFrom);
    }

    [Fact]
    public async Task Without_a_lifetime_a_token_lives_an_hour()
    {
        var token = new JsonWebToken(await TokenAsync("--scope", "read", "--auth-key-file", KeyFile(Key)));

        Assert.Equal(TimeSpan.FromHours(1), token.ValidTo - token.ValidFrom);
    }

    [Fact]
    public async Task Without_a_key_it_says_where_one_is_given()
        => await FailsAsync(ExitCode.Failed, ["--scope", "read"], "actorstream.auth.key", "at least 32 bytes", "ACTORSTREAM_AUTH_KEY", "--auth-key-file");

    [Fact]
    public async Task A_key_that_is_too_short_is_refused_with_its_length_and_the_least_and_never_shown()
    {
        await FailsAsync(ExitCode.Usage, ["--scope", "read", "--auth-key-file", KeyFile("too short a key")], "--auth-key-file", "at least 32 bytes", "15");
        Assert.DoesNotContain("too short a key", _error.ToString());
    }

    [Fact]
    public async Task A_key_file_that_is_not_there_is_named()
        => await FailsAsync(ExitCode.Usage, ["--scope", "read", "--auth-key-file", Path.Combine(_folder, "none")], "--auth-key-file", Path.Combine(_folder, "none"));

    [Theory]
    [InlineData("rules:delete")]
    [InlineData("read,rules:delete")]
    [InlineData("READ")]
    public async Task A_scope_that_there_is_not_is_named_with_those_there_are(string scope)
        => await FailsAsync(ExitCode.Usage, ["--scope", scope, "--auth-key-file", KeyFile(Key)], $"--scope names '{scope.Split(',')[^1]}'", "rules:write, metrics:write, packets:write, control, read");

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(" ")]
    public async Task A_token_without_any_scope_is_not_made(string scope)
        => await FailsAsync(ExitCode.Usage, ["--scope", scope, "--auth-key-file", KeyFile(Key)], "--scope names none", "rules:write, metrics:write, packets:write, control, read");

    [Fact]
    public async Task Without_the_flag_scope_it_is_a_usage_fault()
        => await FailsAsync(ExitCode.Usage, ["--auth-key-file", KeyFile(Key)], "--scope");

    [Theory]
    [InlineData("0s")]
    [InlineData("999ms")]
    [InlineData("3651d")]
    [InlineData("forever")]
    [InlineData("-1h")]
    [InlineData("3600")]
    public async Task A_lifetime_outside_its_bounds_is_named_with_them(string ttl)
        => await FailsAsync(ExitCode.Usage, ["--scope", "read", $"--ttl={ttl}", "--auth-key-file", KeyFile(Key)], $"--ttl is '{ttl}'", "from 1s to 3650d", "12h");

    [Theory]
    [InlineData("1s", 1)]
    [InlineData("3650d", 3650 * 86_400)]
    public async Task A_lifetime_at_its_bounds_is_taken(string ttl, int seconds)
    {
        var token = new JsonWebToken(await TokenAsync("--scope", "read", "--ttl", ttl, "--auth-key-file", KeyFile(Key)));

        Assert.Equal(TimeSpan.FromSeconds(seconds), token.ValidTo - token.ValidFrom);
    }

    private async Task FailsAsync(int code, string[] arguments, params string[] said)
    {
        Assert.Equal(code, await RunAsync(arguments));
        Assert.Empty(_output.ToString());
        Assert.All(said, s => Assert.Contains(s, _error.ToString()));
    }

    private async Task<string> TokenAsync(params string[] arguments)
    {
        var code = await RunAsync(arguments);
        var token = _output.ToString().Trim();
        _output.GetStringBuilder().Clear();
        Assert.True(code == ExitCode.Done, _error.ToString());
        return token;
    }

    private Task<int> RunAsync(string[] arguments) => ActorStreamCommand.RunAsync(["token", .. arguments], _output, _error);

    private string KeyFile(string key)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():N}.key");
        File.WriteAllText(path, key);
        return path;
    }

    private static async Task<HttpStatusCode> AskAsync(RunningNode node, HttpMethod method, string? token)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(method, new Uri(node.Edge, "/rules"));
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
