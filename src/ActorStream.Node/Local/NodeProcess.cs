using System.ComponentModel;
using System.Diagnostics;
using ActorStream.Node.Cli;

namespace ActorStream.Node.Local;

/// <summary>One node as a process of its own: this program again, with the command <c>node</c>.</summary>
/// <remarks>The child's standard input is a pipe on which nothing is said. Its end asks the child to hand over and end; it also ends when this process is killed, so no child outlives it.</remarks>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _writing = new();

    private NodeProcess(NodePlan plan, Process process, StreamWriter log) => (Plan, _process, _log) = (plan, process, log);

    public NodePlan Plan { get; }

    public int ProcessId => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Only once <see cref="HasEnded"/>.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="CommandFailedException">The program cannot be started.</exception>
    public static NodeProcess Start(NodePlan plan)
    {
        var (program, before) = ThisProgram();
        var info = new ProcessStartInfo(program, [.. before, .. plan.Arguments, NodeCommand.StopWithStdinFlag])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Directory.CreateDirectory(Path.GetDirectoryName(plan.LogPath)!);
        var log = new StreamWriter(new FileStream(plan.LogPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        var node = new NodeProcess(plan, new Process { StartInfo = info }, log);
        node._process.OutputDataReceived += node.Log;
        node._process.ErrorDataReceived += node.Log;
        try
        {
            node._process.Start();
        }
        catch (Win32Exception e)
        {
            log.Dispose();
            throw new CommandFailedException($"Node {plan.Number} cannot be started with {program}: {e.Message}");
        }
        node._process.BeginOutputReadLine();
        node._process.BeginErrorReadLine();
        return node;
    }

    /// <summary>For a shell: what starts this node again after it was killed.</summary>
    public string CommandText
    {
        get
        {
            var (program, before) = ThisProgram();
            return string.Join(' ', before.Prepend(program).Concat(Plan.Arguments).Select(Quote));
        }
    }

    public Task EndedAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    /// <summary>Asks it to end; returns at once.</summary>
    public void AskToStop()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already, and its end of the pipe with it.
            _process.Refresh();
        }
    }

    /// <summary>Asks, waits, and kills what is still there. False: it had to be killed.</summary>
    public async Task<bool> StopAsync(TimeSpan patience)
    {
        AskToStop();
        using var enough = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(enough.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync(TimeSpan.Zero);
        _process.Dispose();
        lock (_writing)
            _log.Dispose();
    }

    private void Log(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
            return;
        lock (_writing)
            _log.WriteLine(line.Data);
    }

    /// <summary>The apphost itself, or <c>dotnet actorstream.dll</c>.</summary>
    private static (string Program, IReadOnlyList<string> Before) ThisProgram()
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "actorstream.dll");
        var path = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(path) == "actorstream" ? (path, []) : ("dotnet", [dll]);
    }

    private static string Quote(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:,=@%+".Contains(c)) ? text : $"'{text.Replace("'", "'\\''")}'";
}
