using System.Net;
using System.Net.Sockets;

namespace ActorStream.Node.Local;

/// <summary>Loopback ports nobody listens on at the moment of asking. Another program may take one before its node does; the node then ends with a sentence and <c>local</c> reports it.</summary>
internal static class FreePorts
{
    /// <summary>All different.</summary>
    /// <param name="wanted">Ports to prefer, per place; null or taken: any.</param>
    public static int[] Take(IReadOnlyList<int?> wanted)
    {
        // All are held until the last is found, so that none is given twice; wished ones first, before a random one hits them.
        var held = new TcpListener?[wanted.Count];
        try
        {
            for (var i = 0; i < held.Length; i++)
                held[i] = wanted[i] is { } port ? Hold(port) : null;
            for (var i = 0; i < held.Length; i++)
                held[i] ??= Hold(0);
            return [.. held.Select(h => ((IPEndPoint)h!.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in held)
                listener?.Dispose();
        }
    }

    private static TcpListener? Hold(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException) when (port != 0)
        {
            listener.Dispose();
            return null;
        }
    }
}
