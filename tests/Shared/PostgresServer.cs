using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace ActorStream.Tests.Shared;

/// <summary>A PostgreSQL server of our own: a new cluster in a temporary folder, on a free port of loopback, gone afterwards. Stopped and killed by its process id.</summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<PostgresServer> OfThisProcess = new(() =>
    {
        var server = new PostgresServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    });

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-postgres-").FullName;
    private readonly string _bin;
    private readonly int _port = FreePort();
    private Process _process;
    private int _databases;

    /// <summary>Skips the test when no PostgreSQL is installed.</summary>
    public PostgresServer()
    {
        _bin = Binaries() ?? "";
        Skip.If(_bin.Length == 0, "No PostgreSQL server is installed (initdb and postgres in PATH or in /usr/lib/postgresql). Install the package postgresql to run this test.");
        if (Environment.IsPrivilegedProcess)
            Run("chown", "postgres", _folder);
        Run([.. AsUser(), Path.Combine(_bin, "initdb"), "-D", Data, "-U", "actorstream", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        _process = StartServer();
    }

    /// <summary>One server for all tests of this process; each takes a database of its own.</summary>
    public static PostgresServer Shared => OfThisProcess.Value;

    private string Data => Path.Combine(_folder, "data");

    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Database={database};Username=actorstream";

    /// <summary>An empty database.</summary>
    /// <returns>Its connection string.</returns>
    public string NewDatabase()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        Scalar(ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Runs SQL past the storage, as a foreign program would. Answers the first column of the first row.</summary>
    public static object? Scalar(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>SIGKILL to the server's first process; the others end with it.</summary>
    public void Kill()
    {
        var sessions = File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        End("-KILL");
        // Orphaned sessions end by themselves, but not at once, and nobody may start on their memory before.
        if (!SpinWait.SpinUntil(() => !sessions.Any(IsRunning), Patience))
            throw new TimeoutException($"Sessions of PostgreSQL, process {_process.Id}, did not end with it.");
    }

    /// <summary>The orderly stop that ends every session (SIGINT).</summary>
    public void Stop() => End("-INT");

    public void StartAgain()
    {
        _process.Dispose();
        _process = StartServer();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Stop();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void End(string signal)
    {
        Run("kill", signal, $"{_process.Id}");
        if (!_process.WaitForExit(Patience))
            throw new TimeoutException($"PostgreSQL, process {_process.Id}, did not end after {signal}.");
    }

    /// <summary>Without fsync: these tests kill processes, not machines.</summary>
    private Process StartServer()
    {
        var process = Begin([
            .. AsUser(), Path.Combine(_bin, "postgres"), "-D", Data, "-p", $"{_port}", "-k", _folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300",
            "-c", "log_min_messages=fatal"]);
        var since = Stopwatch.StartNew();
        while (!Answers())
        {
            if (process.HasExited || since.Elapsed > Patience)
                throw new InvalidOperationException($"PostgreSQL did not start on port {_port} within {Patience.TotalSeconds} s.");
            process.WaitForExit(50);
        }
        return process;
    }

    private static bool IsRunning(string process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool Answers()
    {
        try
        {
            return Scalar(ConnectionString("postgres"), "SELECT 1") is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>The server refuses to run as root.</summary>
    private static string[] AsUser() => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows() ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static string? Binaries() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin")) : [])
        .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));

    private static void Run(params string[] words)
    {
        using var process = Begin(words);
        if (!process.WaitForExit(Patience) || process.ExitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', words)}' did not succeed.");
    }

    private static Process Begin(string[] words)
    {
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = "/", RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{words[0]}' did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
