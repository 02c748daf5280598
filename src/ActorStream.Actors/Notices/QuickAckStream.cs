using System.Net.Sockets;

namespace ActorStream.Actors.Notices;

/// <summary>Acknowledges a receiver's first segment at once.</summary>
/// <remarks>
/// Small servers send the head and the body of an answer as two segments with Nagle's algorithm on: the second waits for our acknowledgement, which Linux delays by 40 ms.
/// With one attempt in flight per webhook that would be the pace of a whole channel. The option lapses by itself, so it is renewed with each request.
/// </remarks>
internal sealed class QuickAckStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private const int TcpLevel = 6;
    private const int TcpQuickAck = 12;
    private static readonly byte[] On = BitConverter.GetBytes(1);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (OperatingSystem.IsLinux())
            Socket.SetRawSocketOption(TcpLevel, TcpQuickAck, On);
    }
}
