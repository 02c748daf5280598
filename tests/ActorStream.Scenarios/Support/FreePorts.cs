using System.Net;
using System.Net.Sockets;

namespace ActorStream.Scenarios.Support;

internal static class FreePorts
{
    /// <summary>Loopback ports nobody listens on at this moment, all different.</summary>
    public static int[] Take(int count)
    {
        var held = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in held)
                listener.Start();
            return [.. held.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in held)
                listener.Dispose();
        }
    }
}
