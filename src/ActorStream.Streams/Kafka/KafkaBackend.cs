using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>How readers claim and read a partition that lies in Kafka (protocol.md A13).</summary>
public sealed class KafkaBackend
{
    private readonly KafkaOptions _options;
    private readonly KafkaWatch _watch;
    private readonly ICommitStore _commits;
    private readonly IDeadLetterStore _letters;
    private readonly TimeProvider _time;

    internal KafkaBackend(KafkaOptions options, KafkaWatch watch, ICommitStore commits, IDeadLetterStore letters, TimeProvider time) =>
        (_options, _watch, _commits, _letters, _time) = (options, watch, commits, letters, time);

    public KafkaHealth Health => _watch.Health;

    internal KafkaOptions Options => _options;

    /// <summary>Where topics lie in Kafka, this one does.</summary>
    public static bool Holds(string topic) => topic == TopicNames.Metrics || TopicNames.IsKafka(topic);

    /// <summary>Why a topic that pipelines read cannot be seen, a sentence; null: it can, or was not looked at yet.</summary>
    public string? WhyNot(string topic) => _watch.SightOf(topic).Why;

    /// <summary>As of the last look, however long ago; null: the partition was never seen.</summary>
    public PartitionState? StateOf(PartitionId partition) =>
        _watch.SeenOf(partition.Topic) is { } seen && partition.Partition < seen.Partitions.Count ? seen.Partitions[partition.Partition] : null;

    /// <summary>Null where it is not known at the moment.</summary>
    internal long? HeadOf(PartitionId partition) => TopicNames.IsKafka(partition.Topic) ? _watch.SightOf(partition.Topic).HeadOf(partition.Partition) : Health.Why is null ? StateOf(partition)?.Head : null;

    /// <summary>Claims the row in the right incarnation: the next one if the topic was made anew, or ends below what was committed. Deleted records that were never read are a counted gap.</summary>
    /// <remarks>The topic's id is kept in the row's processor state, which readers of Kafka have no other use for.</remarks>
    /// <exception cref="StorageUnavailableException">The brokers do not answer, or the id could not be kept.</exception>
    internal async Task<(PartitionId Partition, CommitRow Row)> ClaimAsync(PartitionId asked)
    {
        var (id, state) = await _watch.AskAsync(asked.Topic, asked.Partition).ConfigureAwait(false);
        var rows = _commits.RowsOf(asked.Group).Where(r => r.Partition.Topic == asked.Topic).ToList();
        var (known, row) = rows.FirstOrDefault(r => r.Partition.ReaderId == asked.ReaderId);
        // A partition that was added begins where the others are.
        var incarnation = known?.Incarnation ?? rows.Select(r => r.Partition.Incarnation).DefaultIfEmpty(1).Max();
        if (row is not null && IsAnew(row, id, state))
            incarnation++;
        var partition = asked with { Incarnation = incarnation };
        var claimed = await _commits.ClaimAsync(partition, state.First).ConfigureAwait(false);
        if (id is not null && IdIn(claimed) != id)
            claimed = await RememberAsync(partition, claimed, id).ConfigureAwait(false);
        return (partition, claimed.Position < state.First ? await PassGapAsync(partition, claimed, state.First).ConfigureAwait(false) : claimed);
    }

    internal Source<TopicChunk, ITopicHint> Source(PartitionId partition, CommitRow row, ChunkBounds bounds) =>
        Akka.Streams.Dsl.Source.FromGraph(new KafkaSource(
            _options.Consumer(AutoOffsetReset.Error, partition.Group), new TopicPartitionOffset(_options.NameOf(partition.Topic), partition.Partition, row.Position), bounds, () => WhyEnd(partition.Topic, row)));

    /// <summary>Rows of one making of a topic: its id decides where it is known, since a partition's incarnation may rise alone.</summary>
    internal static bool AreOfOneTopic((PartitionId Partition, CommitRow Row) one, (PartitionId Partition, CommitRow Row) other) =>
        one.Row.ProcessorState.Length > 0 && other.Row.ProcessorState.Length > 0
            ? one.Row.ProcessorState.Span.SequenceEqual(other.Row.ProcessorState.Span)
            : one.Partition.Incarnation == other.Partition.Incarnation;

    private static bool IsAnew(CommitRow row, string? id, PartitionState state) =>
        state.Head < row.Position || (id is not null && IdIn(row) is { Length: > 0 } known && known != id);

    /// <summary>Empty: not known.</summary>
    private static string IdIn(CommitRow row) => Encoding.UTF8.GetString(row.ProcessorState.Span);

    /// <summary>Before anything is read: entities journal offsets long before the first commit, and those of a topic made anew meanwhile must not look like them.</summary>
    private async Task<CommitRow> RememberAsync(PartitionId partition, CommitRow claimed, string id)
    {
        var known = claimed with { Serial = claimed.Serial + 1, ProcessorState = Encoding.UTF8.GetBytes(id) };
        var outcome = await _commits.CommitAsync(partition, known).ConfigureAwait(false);
        return outcome == CommitOutcome.Committed ? known
            : throw new StorageUnavailableException($"The id of topic {_options.NameOf(partition.Topic)} could not be kept in the commit row of {partition} ({outcome}); it is claimed again.");
    }

    /// <summary>A topic made anew while it is read: the consumer may not notice, since offsets of both look alike.</summary>
    private string? WhyEnd(string topic, CommitRow row) =>
        IdIn(row) is { Length: > 0 } known && _watch.SeenOf(topic)?.Id is { } id && known != id ? $"Topic {_options.NameOf(topic)} was made anew." : null;

    private async Task<CommitRow> PassGapAsync(PartitionId partition, CommitRow row, long first)
    {
        var records = first - row.Position;
        await _letters.AddAsync(
        [
            new DeadLetterEntry($"{partition}@{row.Position}", "gap", partition.ToString(), _time.GetUtcNow().ToUnixTimeMilliseconds(),
                $"Offsets {row.Position} to {first - 1}, {records} in all, were deleted by Kafka before they were read; keep records longer (retention.ms, retention.bytes of topic {_options.NameOf(partition.Topic)}).", ""),
        ]).ConfigureAwait(false);
        Health.Gap(records);
        return row with { Position = first };
    }
}
