using System.Net;

namespace ActorStream.Edge.Security;

/// <summary>Loopback is the only place where a node may listen without authentication.</summary>
public static class OpenModeGuard
{
    /// <summary>Null: may start without <c>auth</c>. Else the sentence with which the node refuses to start.</summary>
    /// <param name="addresses">What the edge is to listen on.</param>
    public static string? Check(IEnumerable<Uri> addresses)
    {
        var open = addresses.Where(a => !IsLoopback(a)).Select(a => a.GetLeftPart(UriPartial.Authority)).ToList();
        return open.Count == 0 ? null
            : $"The edge is to listen on {string.Join(", ", open)}, which others can reach, and no 'auth' is configured. Listen on 127.0.0.1 or localhost, or configure 'auth'.";
    }

    private static bool IsLoopback(Uri address)
        => address.IdnHost == "localhost" || (IPAddress.TryParse(address.IdnHost, out var ip) && Peers.IsLoopback(ip));
}
