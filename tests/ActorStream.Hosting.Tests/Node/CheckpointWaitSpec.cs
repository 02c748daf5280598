using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Hosting.Tests.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>What <c>POST /checkpoint</c> waits for, over figures of this test and its time.</summary>
public sealed class CheckpointWaitSpec : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _time = new();
    private readonly FiguresStorage _storage = new();
    private readonly RunningOrders _orders = new();
    private NodeParts _parts = null!;

    public Task InitializeAsync()
    {
        _parts = new NodeParts(NodeSettingsReader.Read(SettingsInput.Empty).Settings! with { Pipelines = [OrdersPipeline.Spec] }, _storage, _time);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _parts.DisposeAsync().AsTask();

    [Fact]
    public async Task It_waits_for_what_was_in_the_source_when_it_was_asked_and_for_nothing_later()
    {
        _storage.Store(partition: 1, first: 0, head: 42);
        var asked = Ask();
        _storage.Store(partition: 1, first: 0, head: 1_000);
        Commit(partition: 1, position: 41);
        await LookedAsync(asked);
        var isBefore = asked.IsCompleted;

        Commit(partition: 1, position: 42);
        await LookedAsync(asked);

        Assert.False(isBefore);
        Assert.True(asked.IsCompleted);
        Assert.Null((await asked).Missing);
    }

    [Fact]
    public async Task After_thirty_seconds_it_names_the_partition_that_did_not_get_there()
    {
        _storage.Store(partition: 1, first: 0, head: 42);
        Commit(partition: 1, position: 30);
        var began = _time.GetUtcNow();
        var asked = Ask();

        while (!asked.IsCompleted)
            await LookedAsync(asked);

        Assert.True(_time.GetUtcNow() - began >= CheckpointWait.Patience, $"It gave up after {_time.GetUtcNow() - began}.");
        Assert.Contains("orders/orders-in/1 has committed 30 and not 42", (await asked).Missing);
    }

    [Fact]
    public async Task A_source_with_nothing_in_it_has_its_checkpoint_at_once() => Assert.Null((await Ask()).Missing);

    /// <summary>Time goes on until it has looked twice, so that one look lies wholly behind what was set before; or until it is done.</summary>
    private async Task LookedAsync(Task asked)
    {
        for (var until = _orders.Looks + 2; _orders.Looks < until && !asked.IsCompleted; await Task.Yield())
            _time.Advance(Look);
    }

    private Task<CheckpointView> Ask() => new CheckpointWait(_parts, new PipelinePositions(_parts), _orders, null!).RunAsync(CancellationToken.None);

    private void Commit(int partition, long position) => _storage.Commit(partition, position, topic: OrdersPipeline.Topic, group: OrdersPipeline.Spec.ReaderGroup);

    private sealed class RunningOrders : IPipelineFacade
    {
        private int _looks;

        public int Looks => Volatile.Read(ref _looks);

        public IReadOnlyList<PipelineView> All
        {
            get
            {
                Interlocked.Increment(ref _looks);
                return [new PipelineView(OrdersPipeline.Spec, IsRunning: true)];
            }
        }

        public StateStoreView StateStore => throw new NotSupportedException();

        public Task<PipelineCheckpointView> StoredAsync(PipelineView pipeline, CancellationToken cancel) => throw new NotSupportedException();

        public TimeSpan Uptime => throw new NotSupportedException();

        public Task<IReadOnlyList<WindowGroupView>> GroupsAsync(PipelineSpec pipeline, CancellationToken cancel) => Task.FromResult<IReadOnlyList<WindowGroupView>>([]);

        public Task<bool> RunAsync(string id, bool isRunning, CancellationToken cancel) => throw new NotSupportedException();

        public IReadOnlyList<PipelinePartitionView> PartitionsOf(PipelineSpec pipeline) => throw new NotSupportedException();

        public Task<OpenWindowsView> WindowsAsync(PipelineSpec pipeline, int limit, CancellationToken cancel) => throw new NotSupportedException();

        public Task<IReadOnlyList<PipelineActivityView>> ActivityAsync(CancellationToken cancel) => throw new NotSupportedException();

        public Task<CheckpointView> CheckpointAsync(CancellationToken cancel) => throw new NotSupportedException();

        public PipelineOutcome Plan(PipelineSpec spec, bool mayDrop) => throw new NotSupportedException();

        public Task<PipelineOutcome> ApplyAsync(PipelineSpec spec, bool mayDrop, IReadOnlyList<long>? ifAt, CancellationToken cancel) => throw new NotSupportedException();

        public Task<PipelineRemoval> DeleteAsync(string id, IReadOnlyList<long>? ifAt, CancellationToken cancel) => throw new NotSupportedException();

        public Task<string?> DrainAsync(PipelineSpec pipeline, CancellationToken cancel) => throw new NotSupportedException();
    }
}
