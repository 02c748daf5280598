using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect.Configuration;

namespace ActorStream.Edge.Security;

/// <summary>Issuer and public keys of auth.authority: read when first needed, kept while it is away, read again for a key that is not known.</summary>
/// <remarks>Handed to the library as it is, its reader swallows a provider that cannot be reached, and the token is refused as one of a wrong issuer; through this the failure arrives where it is answered with 503.</remarks>
internal sealed class AuthorityKeys(IConfigurationManager<OpenIdConnectConfiguration> reader) : IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>How long one reading may take, and how long a request waits for it; nobody waits for those before him as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <param name="bearer">With its address and HTTP client.</param>
    public static AuthorityKeys Of(JwtBearerOptions bearer) => new(new ConfigurationManager<OpenIdConnectConfiguration>(
        bearer.MetadataAddress, new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(bearer.Backchannel) { RequireHttps = bearer.RequireHttpsMetadata },
        // An answer without keys is not kept: it would stand for half a day.
        new OpenIdConnectConfigurationValidator { MinimumNumberOfKeys = 1 }));

    /// <exception cref="InvalidOperationException">They cannot be read, and never were.</exception>
    /// <exception cref="TimeoutException">Not within <see cref="Patience"/>.</exception>
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) => reader.GetConfigurationAsync(cancel).WaitAsync(Patience, cancel);

    public void RequestRefresh() => reader.RequestRefresh();
}
