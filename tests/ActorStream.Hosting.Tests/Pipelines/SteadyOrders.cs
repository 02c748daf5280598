using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Tests.Pipelines;

/// <summary>A producer of <see cref="OrdersPipeline"/> that never rests: an append with every key each few milliseconds, until it is disposed.</summary>
internal sealed class SteadyOrders : IAsyncDisposable
{
    private const int Keys = 7;

    private static readonly TimeSpan AppendEvery = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="partitions">The first so many; the others get nothing.</param>
    public SteadyOrders(ITopicStore topics, int partitions) => _running = Task.Run(() => RunAsync(topics, partitions, _stop.Token));

    /// <summary>Throws what an append threw.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private static async Task RunAsync(ITopicStore topics, int partitions, CancellationToken stop)
    {
        using var pace = new PeriodicTimer(AppendEvery);
        for (var from = 0; !stop.IsCancellationRequested; from += Keys)
        {
            await OrdersPipeline.AppendAsync(topics, partitions, from, Keys);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
