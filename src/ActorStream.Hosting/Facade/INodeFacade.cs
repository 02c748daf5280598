using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Facade;

/// <summary>Everything the HTTP edge and the management port may ask of a node. The edge sees no actor.</summary>
public interface INodeFacade
{
    /// <summary>Null: everything is ready. Else a sentence that says what is not (member not Up, rules view incomplete, no shard answered, database not writable).</summary>
    ValueTask<string?> WhyNotReadyAsync(CancellationToken cancel);

    /// <summary>This node's own view of all rules.</summary>
    RuleBook Rules { get; }

    /// <summary>Stores the rule; completes when it is durable and this node's view holds it. Effective on every node at most 1 s later.</summary>
    /// <param name="ifAt">Null: in any case. Else only while its version is this; null is answered when it is not.</param>
    Task<VersionedRule?> PutRuleAsync(Rule rule, long? ifAt, CancellationToken cancel);

    /// <param name="ifAt">As with <see cref="PutRuleAsync"/>.</param>
    Task<RuleRemoval> DeleteRuleAsync(Guid id, long? ifAt, CancellationToken cancel);

    /// <summary>Puts an alarm of kind <see cref="AlarmKind.Test"/> for the rule's webhook on the <c>alarms</c> topic; completes when it is durable. Throws as <see cref="AppendMetricsAsync"/>.</summary>
    Task<AlarmId> TestRuleAsync(VersionedRule rule, CancellationToken cancel);

    /// <summary>Partitions of the <c>metrics</c> topic; the edge hashes the name with <see cref="Domain.Records.StableHash"/>.</summary>
    int MetricPartitions { get; }

    /// <summary>One transaction over all partitions; completes when durable. Throws as <see cref="ITopicStore.AppendAsync(string, IReadOnlyList{NewBatch}, CancellationToken)"/>.</summary>
    /// <param name="key">Null: none. Else the batches of a key are appended once within <see cref="Nodes.RetentionService.IdempotencyHorizon"/>.</param>
    /// <returns>False: appended before under this key.</returns>
    /// <exception cref="SenderReusedException">Other batches were appended under this key.</exception>
    Task<bool> AppendMetricsAsync(IReadOnlyList<NewBatch> batches, string? key, CancellationToken cancel);

    /// <summary>Null: samples are taken. Looks at the bounds once a second at most.</summary>
    IngestRefusal? WhyNotIngest();

    IReadOnlyList<StoredAlarm> Alarms(AlarmQuery query);

    /// <summary>Null: unknown, or older than the history is kept.</summary>
    AlarmRecord? Alarm(AlarmId id);

    /// <summary>Attempts to deliver the alarm, in order.</summary>
    IReadOnlyList<DeliveryRow> Deliveries(AlarmId id);

    DeadLetterPage DeadLetters(int limit);

    /// <summary>Members and shards, asked of every node; what did not answer is null.</summary>
    Task<ClusterView> ClusterAsync(CancellationToken cancel);

    /// <summary>Readers of all groups with committed position, head and lag.</summary>
    Task<IReadOnlyList<SourceView>> SourcesAsync(CancellationToken cancel);

    /// <summary>What the entity of this metric knows; null when it did not answer in time.</summary>
    Task<MetricAlarmView?> AlarmEntityAsync(string metric, CancellationToken cancel);

    /// <summary>Why the rule is or is not firing now, asked of its metric's entity; null when that did not answer in time or does not know the rule.</summary>
    /// <param name="series">Null: every series that is known.</param>
    /// <exception cref="StorageUnavailableException">The entity cannot go on; the message says why.</exception>
    Task<RuleExplanation?> ExplainRuleAsync(Rule rule, SeriesKey? series, CancellationToken cancel);

    /// <summary>Shards of one type (<c>readers</c>, <c>alarms</c>, <c>notices</c>, <c>windows</c>) with their entities.</summary>
    Task<IReadOnlyList<ShardRegionView>> ShardRegionsAsync(string typeName, CancellationToken cancel);

    /// <summary>Every notice group in the order of its number, with what it knows of its webhooks.</summary>
    Task<IReadOnlyList<NoticeGroupView>> NoticesAsync(CancellationToken cancel);

    /// <summary>Pipelines of windows.</summary>
    IPipelineFacade Pipelines { get; }

    /// <summary>What the window groups of a pipeline know; a group that did not answer in time is missing.</summary>
    Task<IReadOnlyList<WindowGroupView>> WindowGroupsAsync(string pipelineId, CancellationToken cancel);

    /// <summary>Graceful: the node hands over and exits. Null address: this node. False: no such member.</summary>
    Task<bool> LeaveAsync(string? address, CancellationToken cancel);

    /// <summary>Declares a member dead. False: no such member.</summary>
    Task<bool> DownAsync(string address, CancellationToken cancel);
}

public enum RuleRemoval
{
    Removed,

    /// <summary>There is no such rule.</summary>
    Unknown,

    /// <summary>It is at another version than asked for.</summary>
    Changed,
}

/// <param name="Sentence">Holds the value, the limit and the remedy.</param>
public sealed record IngestRefusal(string Sentence, int RetryAfterSeconds);

public sealed record DeadLetterPage(IReadOnlyDictionary<string, long> Counts, IReadOnlyList<DeadLetterEntry> Letters);

/// <param name="Unknown">Addresses of members that did not answer in time; their counts are unknown, not 0.</param>
public sealed record ClusterView(string Cluster, string Self, string? Leader, IReadOnlyList<MemberView> Members, IReadOnlyList<string> Unknown);

/// <param name="Shards">Per type name; null when unknown.</param>
public sealed record MemberView(string Address, IReadOnlyList<string> Roles, string Status, bool Reachable, string Version, bool IsSelf, string? HttpUrl, string? Management, int? ProcessId, IReadOnlyDictionary<string, int>? Shards);

/// <param name="Owner">Address of the node whose reader runs; null when unknown.</param>
public sealed record SourceView(string Group, string Topic, int Partition, string? Owner, long? Committed, long? Head, long? Lag, long? CommitAgeMs);

/// <param name="FeedingPartitions">More than one: windows, crossings and cooldowns depend on how these interleave.</param>
public sealed record MetricAlarmView(string Metric, string Node, IReadOnlyList<RuleStateView> Rules, IReadOnlyDictionary<string, long> Applied, int Outbox, long Sequence, int FeedingPartitions);

/// <param name="Raised">Alarms this incarnation raised for the rule.</param>
public sealed record RuleStateView(Guid RuleId, string Operator, string Threshold, double? LastValue, long? LastTimeMs, long Raised);

/// <param name="Notices">Null: the group did not answer in time; what it holds is unknown, not nothing.</param>
public sealed record NoticeGroupView(string Group, NoticeDescription? Notices);

/// <param name="Shards">Null: the region did not answer.</param>
public sealed record ShardRegionView(string TypeName, string Node, IReadOnlyList<ShardView>? Shards);

public sealed record ShardView(string ShardId, int Entities, IReadOnlyList<string> EntityIds);
