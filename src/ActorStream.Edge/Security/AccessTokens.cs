using ActorStream.Hosting.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ActorStream.Edge.Security;

/// <summary>Makes tokens of <see cref="AuthMode.Hs256"/>, for use by hand and by scripts.</summary>
public static class AccessTokens
{
    /// <param name="auth">With a key of at least <see cref="AuthSettings.KeyBytesMin"/> bytes.</param>
    /// <param name="scopes">Of <see cref="Scopes.All"/>.</param>
    /// <param name="lifetime">From now.</param>
    /// <param name="subject">Whom logs may name; no right follows from it.</param>
    public static string Make(AuthSettings auth, IEnumerable<string> scopes, TimeSpan lifetime, string subject, TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "actorstream",
            Audience = auth.Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, [Scopes.Claim] = string.Join(' ', scopes) },
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(auth.Key.ToArray()), SecurityAlgorithms.HmacSha256),
        });
    }
}
