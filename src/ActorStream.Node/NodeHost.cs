using ActorStream.Hosting.Options;

namespace ActorStream.Node;

/// <summary>The running node. This body stands in for the one that joins the rooms (WithActorStream and the edge) and is replaced with it.</summary>
public static class NodeHost
{
    /// <summary>Runs until <paramref name="stop"/> is cancelled and the node has handed over, or until it ends by itself.</summary>
    /// <param name="stop">The only signal to stop: SIGTERM and Ctrl-C arrive here, so the host registers no console lifetime of its own.</param>
    /// <returns>An <see cref="Cli.ExitCode"/>.</returns>
    public static async Task<int> RunAsync(NodeSettings settings, CancellationToken stop)
    {
        await Console.Error.WriteLineAsync($"This build of actorstream has no node in it; cluster {settings.ClusterName} was not started.");
        return stop.IsCancellationRequested ? Cli.ExitCode.Done : Cli.ExitCode.Failed;
    }
}
