using ActorStream.Hosting.Facade;

namespace ActorStream.Edge.Views;

internal static class Readiness
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null: ready. A node that cannot even say so in time is not.</summary>
    public static async ValueTask<string?> WhyNotAsync(INodeFacade node, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await node.WhyNotReadyAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"The node did not say within {Patience.TotalSeconds:0} s whether it is ready.";
        }
    }
}
