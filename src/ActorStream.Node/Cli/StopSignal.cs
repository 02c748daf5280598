using System.Runtime.InteropServices;

namespace ActorStream.Node.Cli;

/// <summary>SIGTERM and Ctrl-C as a token. The first asks for an orderly end; a second one is left to the system, which ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <param name="alsoInterrupt">False: Ctrl-C is ignored. A terminal sends it to a whole family of processes, and the parent decides for its children.</param>
    public StopSignal(bool alsoInterrupt = true)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, alsoInterrupt ? OnSignal : context => context.Cancel = true));
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>Also stops when standard input ends: how a parent ends its children, and how they notice that it was killed.</summary>
    public void StopWithStandardInput() => _ = Task.Factory.StartNew(
        () =>
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[256];
            while (input.Read(ignored) > 0)
            {
                // Nothing is said on this pipe; only its end means something.
            }
            _stop.Cancel();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_stop.IsCancellationRequested)
            return;
        context.Cancel = true;
        _stop.Cancel();
    }
}
