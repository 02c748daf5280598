using System.Net;
using System.Net.Sockets;

namespace ActorStream.Scenarios.Support;

internal static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    /// <summary>Loopback ports nobody listens on at this moment; none is given twice, as those who got it may not listen yet.</summary>
    public static int[] Take(int count)
    {
        var held = new List<TcpListener>();
        var ports = new List<int>();
        try
        {
            lock (Gate)
            {
                while (ports.Count < count)
                {
                    var listener = new TcpListener(IPAddress.Loopback, 0);
                    held.Add(listener);
                    listener.Start();
                    if (((IPEndPoint)listener.LocalEndpoint).Port is var port && Given.Add(port))
                        ports.Add(port);
                }
            }
            return [.. ports];
        }
        finally
        {
            foreach (var listener in held)
                listener.Dispose();
        }
    }
}
