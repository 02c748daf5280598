using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ActorStream.Domain.Notices;

/// <summary>Signs requests to generic receivers as Standard Webhooks 1.0 says: HMAC-SHA256 over <c>id.timestamp.body</c>. Never printed.</summary>
public sealed class SigningKey
{
    public const int BytesMin = 24;
    public const int BytesMax = 64;

    private const string Prefix = "whsec_";

    private readonly byte[] _key;

    private SigningKey(byte[] key) => _key = key;

    /// <summary><c>whsec_</c> and 24 to 64 bytes as base64, the form the standard writes; else the text itself, 24 to 64 bytes of UTF-8. Null: neither.</summary>
    public static SigningKey? Parse(string text)
    {
        var isEncoded = text.StartsWith(Prefix, StringComparison.Ordinal);
        var key = new byte[Encoding.UTF8.GetByteCount(text)];
        var length = isEncoded
            ? Convert.TryFromBase64String(text[Prefix.Length..], key, out var decoded) ? decoded : 0
            : Encoding.UTF8.GetBytes(text, key);
        return length is >= BytesMin and <= BytesMax ? new SigningKey(key[..length]) : null;
    }

    /// <summary>Value of the header <c>webhook-signature</c>.</summary>
    /// <param name="id">Value of <c>webhook-id</c>.</param>
    /// <param name="timestampSeconds">Value of <c>webhook-timestamp</c>, epoch seconds.</param>
    /// <param name="body">As it is sent.</param>
    public string Sign(string id, long timestampSeconds, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestampSeconds}.")));
        hash.AppendData(body);
        return "v1," + Convert.ToBase64String(hash.GetHashAndReset());
    }

    public override string ToString() => "***";
}
