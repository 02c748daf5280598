using ActorStream.Hosting.Options;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Security;

/// <summary>How a bearer token is checked: signature, algorithm, audience, time; with an authority also the issuer.</summary>
internal static class TokenSetup
{
    /// <summary>Clocks of the machines that make and check a token differ by less than this.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // No symmetric one: a public key that anybody can read would do as its secret.
    private static readonly string[] PublicKeyAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public static void Add(IServiceCollection services, AuthSettings auth)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<TimeProvider>((bearer, time) => Configure(bearer, auth, time))
            // After the library has made the client and the address that belong to the authority.
            .PostConfigure(bearer => bearer.ConfigurationManager = auth.Mode == AuthMode.Authority ? AuthorityKeys.Of(bearer) : null);
    }

    /// <exception cref="SecurityTokenExpiredException">Beyond <see cref="ClockSkew"/> after its end.</exception>
    /// <exception cref="SecurityTokenNotYetValidException">Before its beginning by more than that.</exception>
    /// <exception cref="SecurityTokenNoExpirationException">It would be good for ever.</exception>
    internal static bool IsAlive(DateTime? notBefore, DateTime? expires, DateTime now)
    {
        if (expires is not { } end)
            throw new SecurityTokenNoExpirationException("no exp");
        if (now > end + ClockSkew)
            throw new SecurityTokenExpiredException("exp has passed") { Expires = end };
        if (notBefore is { } begin && now < begin - ClockSkew)
            throw new SecurityTokenNotYetValidException("nbf has not come") { NotBefore = begin };
        return true;
    }

    private static void Configure(JwtBearerOptions bearer, AuthSettings auth, TimeProvider time)
    {
        bearer.MapInboundClaims = false;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            RequireSignedTokens = true,
            ValidateIssuerSigningKey = true,
            ValidAudience = auth.Audience,
            ValidAlgorithms = auth.Mode == AuthMode.Hs256 ? [SecurityAlgorithms.HmacSha256] : PublicKeyAlgorithms,
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires, time.GetUtcNow().UtcDateTime),
            // Whoever holds the shared key is trusted under any name.
            ValidateIssuer = auth.Mode == AuthMode.Authority,
            IssuerSigningKey = auth.Mode == AuthMode.Hs256 ? new SymmetricSecurityKey(auth.Key.ToArray()) : null,
        };
        if (auth.Authority is { } authority && auth.Mode == AuthMode.Authority)
        {
            bearer.Authority = authority.ToString();
            bearer.RequireHttpsMetadata = authority.Scheme == Uri.UriSchemeHttps;
            bearer.BackchannelTimeout = AuthorityKeys.Patience;
        }
        // Else a provider that cannot be reached is thrown before there is anybody to answer for it.
        bearer.Events = new JwtBearerEvents
        {
            OnAuthenticationFailed = failed =>
            {
                failed.Fail(failed.Exception);
                return Task.CompletedTask;
            },
        };
    }
}
