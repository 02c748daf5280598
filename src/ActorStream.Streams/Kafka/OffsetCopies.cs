using System.Collections.Concurrent;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Commit rows, and a copy of their positions as offsets of consumer groups, one for each reader group of topics in Kafka, so that Kafka's own tools show the lag. The rows alone decide (protocol.md A13).</summary>
/// <remarks>Copied twice a second and at the end; a copy that fails is made again with the next.</remarks>
internal sealed class OffsetCopies : ICommitStore, IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private readonly ICommitStore _rows;
    private readonly KafkaOptions _options;
    private readonly Dictionary<string, IConsumer<Ignore, Ignore>> _consumers = [];
    private readonly ConcurrentDictionary<PartitionId, long> _waiting = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _copying;

    public OffsetCopies(ICommitStore rows, KafkaOptions options, TimeProvider time)
    {
        (_rows, _options) = (rows, options);
        // Now: settings that are refused are told at the start.
        ConsumerOf(TopicNames.AlarmsGroup);
        _copying = Task.Run(() => CopyAsync(time));
    }

    /// <summary>What is claimed is shown too: a partition without records would else be missing from the tools' list.</summary>
    public async Task<CommitRow> ClaimAsync(PartitionId partition, long startAt, CancellationToken cancel = default)
    {
        var row = await _rows.ClaimAsync(partition, startAt, cancel).ConfigureAwait(false);
        Show(partition, row);
        return row;
    }

    public async Task<CommitOutcome> CommitAsync(PartitionId partition, CommitRow row, CancellationToken cancel = default)
    {
        var outcome = await _rows.CommitAsync(partition, row, cancel).ConfigureAwait(false);
        if (outcome == CommitOutcome.Committed)
            Show(partition, row);
        return outcome;
    }

    public IReadOnlyList<(PartitionId Partition, CommitRow Row)> RowsOf(string group) => _rows.RowsOf(group);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _copying;
        CopyOnce();
        foreach (var consumer in _consumers.Values)
            consumer.Dispose();
        _stop.Dispose();
    }

    private void Show(PartitionId partition, CommitRow row)
    {
        // Of every incarnation the same entry.
        if (KafkaBackend.Holds(partition.Topic))
            _waiting[partition with { Incarnation = 1 }] = row.Position;
    }

    private async Task CopyAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                CopyOnce();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The last copy is made by whoever stops.
            return;
        }
    }

    private void CopyOnce()
    {
        foreach (var group in _waiting.ToArray().GroupBy(w => w.Key.Group))
        {
            if (!TryCopy(group.Key, [.. group]))
                return;
        }
    }

    /// <summary>False: no broker answers, so none will for the next group.</summary>
    private bool TryCopy(string group, IReadOnlyList<KeyValuePair<PartitionId, long>> copied)
    {
        try
        {
            ConsumerOf(group).Commit(copied.Select(c => new TopicPartitionOffset(_options.NameOf(c.Key.Topic), c.Key.Partition, c.Value)));
            foreach (var one in copied)
                _waiting.TryRemove(one);
            return true;
        }
        catch (KafkaException e)
        {
            // They still wait, and the watch says why Kafka does not answer.
            return !e.Error.IsLocalError;
        }
    }

    /// <summary>Asked for by the constructor, then by one task at a time.</summary>
    private IConsumer<Ignore, Ignore> ConsumerOf(string group)
    {
        if (_consumers.TryGetValue(group, out var known))
            return known;
        return _consumers[group] = new ConsumerBuilder<Ignore, Ignore>(_options.Consumer(AutoOffsetReset.Error, group)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }
}
