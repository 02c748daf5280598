namespace ActorStream.Hosting.Options;

public enum AuthMode
{
    /// <summary>Nobody is asked for a token.</summary>
    Off,

    /// <summary>Tokens are signed with a key that all nodes share.</summary>
    Hs256,

    /// <summary>Tokens are signed by an OpenID provider whose public keys the node reads.</summary>
    Authority,
}

/// <summary>Who may ask this node, and how that is known.</summary>
/// <param name="Key">At least <see cref="KeyBytesMin"/> bytes with <see cref="AuthMode.Hs256"/>. A secret; a memory prints its length only.</param>
/// <param name="Authority">The provider's address with <see cref="AuthMode.Authority"/>; https, or http on a loopback address.</param>
/// <param name="Audience">What a token's <c>aud</c> has to name.</param>
public sealed record AuthSettings(AuthMode Mode, ReadOnlyMemory<byte> Key, Uri? Authority, string Audience)
{
    /// <summary>The size of the hash: a shorter key is weaker than the signature it makes.</summary>
    public const int KeyBytesMin = 32;

    public static readonly AuthSettings Off = new(AuthMode.Off, ReadOnlyMemory<byte>.Empty, null, "actorstream");

    public bool IsOn => Mode != AuthMode.Off;
}
