using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorStream.Scenarios.Support;

/// <summary>The built <c>actorstream</c> as a process of its own; everything it prints is kept.</summary>
/// <remarks>Its standard input is a pipe whose end is the end of the test process, so a node that is told to watch it never outlives the test.</remarks>
internal sealed partial class ActorStreamProcess : IDisposable
{
    private const int TermSignal = 15;

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly List<string> _output = [];

    private ActorStreamProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Printed
    {
        get
        {
            lock (_lines)
                return string.Join(Environment.NewLine, _lines);
        }
    }

    /// <summary>Lines of standard output alone.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_lines)
                return [.. _output];
        }
    }

    /// <param name="environment">Beside what every process has; null: nothing.</param>
    public static ActorStreamProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "actorstream.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Settings of whoever runs the tests are not the scenario's.
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("ACTORSTREAM_", StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        var started = new ActorStreamProcess(new Process { StartInfo = info });
        started._process.OutputDataReceived += (_, line) => started.Keep(line.Data, isOutput: true);
        started._process.ErrorDataReceived += (_, line) => started.Keep(line.Data, isOutput: false);
        started._process.Start();
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    public void Kill() => _process.Kill();

    public void Freeze() => Assert.Equal(0, SendSignal(_process.Id, OperatingSystem.IsMacOS() ? 17 : 19));

    public void Thaw() => Assert.Equal(0, SendSignal(_process.Id, OperatingSystem.IsMacOS() ? 19 : 18));

    public void Terminate() => Assert.Equal(0, SendSignal(_process.Id, TermSignal));

    /// <summary>Its exit code, with everything it printed read.</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<int> EndedAsync(TimeSpan patience)
    {
        using var enough = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(enough.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The process {Id} did not end within {patience.TotalSeconds:0} s.");
        }
    }

    public string Tail(int lines)
    {
        lock (_lines)
            return string.Join(Environment.NewLine, _lines.TakeLast(lines));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private void Keep(string? line, bool isOutput)
    {
        if (line is null)
            return;
        lock (_lines)
        {
            _lines.Add(line);
            if (isOutput)
                _output.Add(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
