using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Security;

/// <summary>After routing, where tokens are asked for: 401 without a valid one, 403 without the route's scope. A route that says nothing needs <see cref="Scopes.Control"/>.</summary>
internal sealed class TokenGate(RequestDelegate next, ILogger<TokenGate> log)
{
    private const int ProviderRetrySeconds = 5;

    public async Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() ?? new RouteAccess(Scopes.Control);
        if (access.Scope is not { } scope)
        {
            await next(context);
            return;
        }
        var result = await context.AuthenticateAsync();
        if (!result.Succeeded)
            await RefuseAsync(context, result.Failure);
        else if (Scopes.Has(result.Principal, scope))
            await next(context);
        else
            await ForbidAsync(context, scope);
    }

    private Task RefuseAsync(HttpContext context, Exception? failure)
    {
        if (failure is not (null or SecurityTokenException or ArgumentException))
        {
            log.LogWarning("The keys of auth.authority cannot be read: {Reason}", failure.Message);
            return Problem.WriteUnavailableAsync(context, "The keys of the token's authority cannot be read now, so nobody knows whether the token is valid. Ask again.", ProviderRetrySeconds);
        }
        context.Response.Headers.WWWAuthenticate = failure is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        return Problem.WriteAsync(context, StatusCodes.Status401Unauthorized, $"{WhyInvalid(failure)} Send 'Authorization: Bearer TOKEN' with a valid one; 'actorstream token' makes them where auth.mode is hs256.");
    }

    private static Task ForbidAsync(HttpContext context, string scope)
    {
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        return Problem.WriteAsync(context, StatusCodes.Status403Forbidden, $"The token lacks the scope '{scope}', which this route needs. Ask with a token whose claim 'scope' names it.");
    }

    // Never the token, and never the library's text, which may hold parts of it.
    private static string WhyInvalid(Exception? failure) => failure switch
    {
        null => "There is no bearer token.",
        SecurityTokenExpiredException expired => $"The token expired at {expired.Expires:yyyy-MM-ddTHH:mm:ssZ}, more than {TokenSetup.ClockSkew.TotalSeconds:0} s ago.",
        SecurityTokenNotYetValidException early => $"The token is valid from {early.NotBefore:yyyy-MM-ddTHH:mm:ssZ}, more than {TokenSetup.ClockSkew.TotalSeconds:0} s from now.",
        SecurityTokenNoExpirationException => "The token has no end (exp).",
        SecurityTokenInvalidAudienceException => "The token is for another audience (aud).",
        SecurityTokenInvalidIssuerException => "The token comes from another issuer (iss).",
        SecurityTokenInvalidAlgorithmException => "The token's algorithm (alg) is not taken.",
        SecurityTokenInvalidSignatureException => "The token's signature is missing or does not fit the key.",
        _ => "The token cannot be read as a JWT.",
    };
}
