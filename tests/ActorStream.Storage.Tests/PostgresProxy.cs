using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ActorStream.Storage.Tests;

/// <summary>Stands between a storage and its server, and cuts one connection at a COMMIT.</summary>
public sealed class PostgresProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _work = [];
    private int _cut = (int)Cut.Never;

    public PostgresProxy(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        _server = new IPEndPoint(IPAddress.Loopback, builder.Port);
        _listener.Start();
        builder.Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = builder.ConnectionString;
        _work.Add(AcceptAsync());
    }

    public enum Cut
    {
        Never,

        /// <summary>The server never hears of the COMMIT.</summary>
        BeforeTheServer,

        /// <summary>The server has answered it, and the answer is lost.</summary>
        BeforeTheAnswer,
    }

    private static ReadOnlySpan<byte> CommitQuery => "COMMIT\0"u8;

    /// <summary>That of the server, through here.</summary>
    public string ConnectionString { get; }

    /// <summary>The next COMMIT, of whichever connection.</summary>
    public void CutNext(Cut where) => Volatile.Write(ref _cut, (int)where);

    public bool HasCut => Volatile.Read(ref _cut) == (int)Cut.Never;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptSocketAsync(_stop.Token);
            _work.Add(ServeAsync(client));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await server.ConnectAsync(_server, _stop.Token);
            var link = new Link(client, server);
            // The first end that is over ends both.
            await await Task.WhenAny(AskAsync(link), AnswerAsync(link));
        }
    }

    private async Task AskAsync(Link link)
    {
        var buffer = new byte[1 << 16];
        for (int count; (count = await link.Client.ReceiveAsync(buffer, _stop.Token)) > 0;)
        {
            if (buffer.AsSpan(0, count).IndexOf(CommitQuery) >= 0 && (Cut)Interlocked.Exchange(ref _cut, (int)Cut.Never) is var cut and not Cut.Never)
            {
                if (cut == Cut.BeforeTheServer)
                    return;
                link.IsAnswerLost = true;
            }
            await link.Server.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }

    private async Task AnswerAsync(Link link)
    {
        var buffer = new byte[1 << 16];
        for (int count; (count = await link.Server.ReceiveAsync(buffer, _stop.Token)) > 0;)
        {
            if (link.IsAnswerLost)
                return;
            await link.Client.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }

    private sealed class Link(Socket client, Socket server)
    {
        private volatile bool _isAnswerLost;

        public Socket Client => client;

        public Socket Server => server;

        /// <summary>Set before the COMMIT is handed on, so that its answer is the first thing that is not.</summary>
        public bool IsAnswerLost
        {
            get => _isAnswerLost;
            set => _isAnswerLost = value;
        }
    }
}
