using System.Diagnostics.CodeAnalysis;

namespace ActorStream.Pbm;

/// <summary>HOST:PORT of a management port.</summary>
internal static class NodeAddress
{
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) || port == 0)
            return false;
        return text.AsSpan(0, colon).IndexOfAny("/@?#") < 0 && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out address);
    }
}
