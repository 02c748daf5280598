using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Tests.Support;

/// <summary>An OpenID provider on a free loopback port: its description and its public keys, which a test may change while it runs.</summary>
internal sealed class OpenIdStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;

    private OpenIdStandIn(WebApplication app) => _app = app;

    /// <summary>Private halves; the provider publishes the public ones.</summary>
    public List<RsaSecurityKey> Keys { get; } = [NewRsa("first")];

    public Behaviour Behaves { get; set; }

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public string Issuer => $"{Url.Scheme}://{Url.Authority}/realm";

    /// <summary>Requests for the description, answered or not.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static async Task<OpenIdStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var standIn = new OpenIdStandIn(builder.Build());
        standIn._app.MapGet("/.well-known/openid-configuration", standIn.DescribeAsync);
        standIn._app.MapGet("/keys", () => Results.Text(standIn.PublicKeys(), "application/json"));
        await standIn._app.StartAsync();
        return standIn;
    }

    public static RsaSecurityKey NewRsa(string kid) => new(RSA.Create(2048)) { KeyId = kid };

    public ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        return _app.DisposeAsync();
    }

    private async Task DescribeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _asked);
        if (Behaves == Behaviour.HangsUp)
            context.Abort();
        else if (Behaves == Behaviour.Fails)
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        else if (Behaves == Behaviour.Nonsense)
            await context.Response.WriteAsync("<html>under maintenance</html>");
        else if (Behaves == Behaviour.Silent)
            await _end.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        else if (Behaves == Behaviour.NamesNoKeys)
            await context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["issuer"] = Issuer });
        else
            await context.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["issuer"] = Issuer, ["jwks_uri"] = new Uri(Url, "/keys").ToString() });
    }

    private string PublicKeys()
    {
        var keys = Keys.Select(k => PublicHalf(k.Rsa, k.KeyId));
        return JsonSerializer.Serialize(new { keys = keys.Select(k => new Dictionary<string, string?> { ["kty"] = k.Kty, ["kid"] = k.Kid, ["use"] = "sig", ["n"] = k.N, ["e"] = k.E }) });
    }

    private static JsonWebKey PublicHalf(RSA rsa, string kid) => JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)) { KeyId = kid });

    public enum Behaviour
    {
        Answers,
        HangsUp,
        Fails,
        Nonsense,
        NamesNoKeys,

        /// <summary>Takes the request and never answers.</summary>
        Silent,
    }
}
