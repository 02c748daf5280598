using System.Text;
using System.Text.Json;
using ActorStream.Actors.Alarms;
using ActorStream.Actors.Rules;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Cluster;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Wire.Topics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;

namespace ActorStream.Hosting.Facade;

/// <summary>The façade over this node's storage, regions and peers. Every question has a time limit; who does not answer is unknown, never empty.</summary>
public sealed class NodeFacade(ActorSystem system, IReadOnlyActorRegistry registry, NodeParts parts) : INodeFacade
{
    private static readonly TimeSpan EntityTimeout = ClusterQuestions.EntityTimeout;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(2);

    private readonly IngestBounds _bounds = new(parts);
    private readonly ClusterQuestions _questions = new(system);
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(system);

    public RuleBook Rules => parts.Rules.Current;

    public int MetricPartitions => parts.Storage.Topics.PartitionsOf(TopicNames.Metrics);

    public async ValueTask<string?> WhyNotReadyAsync(CancellationToken cancel)
    {
        if (CoordinatedShutdown.Get(system).ShutdownReason is not null)
            return "The node is leaving.";
        if (_cluster.IsTerminated || _cluster.SelfMember.Status != MemberStatus.Up)
            return $"The node is {(_cluster.IsTerminated ? "out of the cluster" : _cluster.SelfMember.Status.ToString())}, not Up.";
        if (parts.Kafka?.Why is { } why)
            return why;
        if (!parts.Rules.Complete.IsCompletedSuccessfully)
            return "The view of the rules is not complete yet.";
        if (!await parts.Storage.IsWritableAsync())
            return "The database does not take a write.";
        if (await ClusterQuestions.AskAsync(registry.Get<ReadersRegion>(), new DescribeEntity(FirstReader), ReadyTimeout, cancel) is null)
            return "No shard of readers has answered.";
        return await ClusterQuestions.AskAsync(registry.Get<NoticesRegion>(), new DescribeEntity(NoticeGroups.EntityId(0)), ReadyTimeout, cancel) is null ? "No shard of notices has answered." : null;
    }

    public async Task<VersionedRule?> PutRuleAsync(Rule rule, long? ifAt, CancellationToken cancel)
    {
        if (await StoreRuleAsync(rule.Id, RuleJson.Write(rule), ifAt, cancel) is not { } stored)
            return null;
        await SeenHereAsync(stored.Position, cancel);
        return new VersionedRule(rule, stored.Position, stored.AppendTimeMs);
    }

    public async Task<RuleRemoval> DeleteRuleAsync(Guid id, long? ifAt, CancellationToken cancel)
    {
        if (ifAt is null && Rules.Find(id) is null)
            return RuleRemoval.Unknown;
        if (await StoreRuleAsync(id, null, ifAt, cancel) is not { } stored)
            return RuleRemoval.Changed;
        await SeenHereAsync(stored.Position, cancel);
        return RuleRemoval.Removed;
    }

    public async Task<AlarmId> TestRuleAsync(VersionedRule rule, CancellationToken cancel)
    {
        var alarm = TestAlarm.Of(rule, parts.Time.GetUtcNow());
        var topics = parts.Storage.Topics;
        var batch = new RecordBatchWriter(512);
        batch.Add(Encoding.UTF8.GetBytes(Webhook.KeyOf(alarm.WebhookUrl)), AlarmCodec.Encode(alarm));
        var partition = StableHash.Bucket(Webhook.KeyOf(alarm.WebhookUrl), topics.PartitionsOf(TopicNames.Alarms));
        await topics.AppendAsync(TopicNames.Alarms, [new NewBatch(partition, batch.Count, batch.Written)], cancel);
        return alarm.Id;
    }

    public async Task<bool> AppendMetricsAsync(IReadOnlyList<NewBatch> batches, string? key, CancellationToken cancel)
    {
        if (key is not null)
            return await parts.Storage.Topics.AppendAsync(TopicNames.Metrics, IdempotencySenders.NameOf(key), IdempotencySenders.MarkOf(batches), batches, cancel) is not null;
        await parts.Storage.Topics.AppendAsync(TopicNames.Metrics, batches, cancel);
        return true;
    }

    public IngestRefusal? WhyNotIngest() => _bounds.WhyNot();

    public IReadOnlyList<StoredAlarm> Alarms(AlarmQuery query) => parts.Storage.History.List(query);

    public AlarmRecord? Alarm(AlarmId id) => parts.Storage.History.Find(id);

    public IReadOnlyList<DeliveryRow> Deliveries(AlarmId id) => parts.Storage.Deliveries.Of(id);

    public DeadLetterPage DeadLetters(int limit) => new(parts.Storage.DeadLetters.Counts(), parts.Storage.DeadLetters.List(limit));

    public async Task<ClusterView> ClusterAsync(CancellationToken cancel)
    {
        var state = _cluster.State;
        var reports = await Task.WhenAll(state.Members.Select(m => _questions.AskNodeAsync<NodeReport>(m, NodeAgentActor.AskNode, "", cancel)));
        var members = state.Members.Zip(reports, (m, report) => new MemberView(
            m.Address.ToString(), [.. m.Roles.Order()], m.Status.ToString(), !state.Unreachable.Contains(m), m.AppVersion.ToString(), m.Address == _cluster.SelfAddress,
            report?.Node.HttpUrl, report?.Node.Management, report?.Node.ProcessId, report?.Shards)).ToArray();
        return new ClusterView(system.Name, _cluster.SelfAddress.ToString(), state.Leader?.ToString(), members, [.. members.Where(m => m.ProcessId is null).Select(m => m.Address)]);
    }

    public async Task<IReadOnlyList<SourceView>> SourcesAsync(CancellationToken cancel)
    {
        var catalog = parts.CatalogFor(registry.Get<AlarmsRegion>(), registry.Get<NoticesRegion>(), ActorRefs.Nobody);
        var rows = catalog.Partitions.Select(p => p.Group).Distinct().SelectMany(parts.Storage.Commits.RowsOf).ToDictionary(r => r.Partition.ReaderId, r => r.Row);
        var partitions = catalog.Partitions.OrderBy(p => p.ReaderId, StringComparer.Ordinal).ToArray();
        var reports = await Task.WhenAll(partitions.Select(p => ClusterQuestions.AskAsync(registry.Get<ReadersRegion>(), new DescribeEntity(p.ReaderId), EntityTimeout, cancel)));
        return [.. partitions.Zip(reports, (p, report) => Source(p, rows.GetValueOrDefault(p.ReaderId), report))];
    }

    public async Task<MetricAlarmView?> AlarmEntityAsync(string metric, CancellationToken cancel) =>
        await ClusterQuestions.AskAsync(registry.Get<AlarmsRegion>(), new DescribeEntity(metric), EntityTimeout, cancel) is { } report
            ? Show(JsonSerializer.Deserialize<AlarmReport>(report.Json)!)
            : null;

    public async Task<RuleExplanation?> ExplainRuleAsync(Rule rule, SeriesKey? series, CancellationToken cancel)
    {
        if (await ClusterQuestions.AskAsync(registry.Get<AlarmsRegion>(), new ExplainRule(rule.MetricName, rule.Id, series), EntityTimeout, cancel) is not { } report)
            return null;
        using var answer = JsonDocument.Parse(report.Json);
        return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("sick", out var why)
            ? throw new StorageUnavailableException($"The entity of the metric cannot go on: {why.GetString()}.")
            : answer.Deserialize<RuleExplanation>();
    }

    private static MetricAlarmView Show(AlarmReport report) => new(
        report.Alarms.Metric, report.Node,
        [.. report.Alarms.Rules.Select(r => new RuleStateView(r.RuleId, r.Operator, r.Threshold, report.Alarms.LastValue, report.Alarms.LastTimeMs, r.Raised))],
        report.Applied, report.Outbox, report.Sequence, report.Alarms.FeedingPartitions);

    public async Task<IReadOnlyList<ShardRegionView>> ShardRegionsAsync(string typeName, CancellationToken cancel)
    {
        var role = typeName == EntityTypes.Readers ? NodeRoles.Ingest : NodeRoles.Worker;
        var members = _cluster.State.Members.Where(m => m.HasRole(role)).ToArray();
        var reports = await Task.WhenAll(members.Select(m => _questions.AskNodeAsync<ShardReport[]>(m, NodeAgentActor.AskShards, typeName, cancel)));
        return [.. members.Zip(reports, (m, shards) => new ShardRegionView(
            typeName, m.Address.ToString(), shards?.Select(s => new ShardView(s.ShardId, s.Entities, s.EntityIds)).OrderBy(s => s.ShardId, StringComparer.Ordinal).ToArray()))];
    }

    public async Task<IReadOnlyList<NoticeGroupView>> NoticesAsync(CancellationToken cancel)
    {
        var groups = NoticeGroups.All;
        var reports = await Task.WhenAll(groups.Select(g => ClusterQuestions.AskAsync(registry.Get<NoticesRegion>(), new DescribeEntity(g), EntityTimeout, cancel)));
        return [.. groups.Zip(reports, (g, report) => new NoticeGroupView(g, report is null ? null : JsonSerializer.Deserialize<NoticeDescription>(report.Json)))];
    }

    public Task<bool> LeaveAsync(string? address, CancellationToken cancel) => WithMember(address ?? _cluster.SelfAddress.ToString(), _cluster.Leave);

    public Task<bool> DownAsync(string address, CancellationToken cancel) => WithMember(address, _cluster.Down);

    private static string FirstReader => new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0).ReaderId;

    public IPipelineFacade Pipelines { get; } = new PipelineFacade(system, registry, parts);

    public async Task<IReadOnlyList<WindowGroupView>> WindowGroupsAsync(string pipelineId, CancellationToken cancel) =>
        parts.Pipelines.Current.Find(pipelineId)?.Spec is { } spec ? await Pipelines.GroupsAsync(spec, cancel) : [];

    private SourceView Source(PartitionId partition, CommitRow? row, Report? report)
    {
        var reader = report is null ? null : JsonSerializer.Deserialize(report.Json, ReaderReportJson.Default.ReaderReport);
        // How far a file or a mock goes, only its reader's node knows.
        var head = TopicNames.IsLog(partition.Topic) ? (long?)null : TopicNames.IsKafka(partition.Topic) ? parts.Readers.Kafka?.StateOf(partition)?.Head : parts.Storage.Topics.StateOf(partition.Topic, partition.Partition).Head;
        var age = reader?.CommittedAtMs is { } at ? parts.Time.GetUtcNow().ToUnixTimeMilliseconds() - at : (long?)null;
        return new SourceView(partition.Group, partition.Topic, partition.Partition, reader?.Owner, row?.Position, head, row is null ? null : head - row.Position, age);
    }

    private Task<bool> WithMember(string address, Action<Address> act)
    {
        var member = _cluster.State.Members.FirstOrDefault(m => m.Address.ToString() == address || $"{m.Address.Host}:{m.Address.Port}" == address);
        if (member is not null)
            act(member.Address);
        return Task.FromResult(member is not null);
    }

    private async Task<(long Position, long AppendTimeMs)?> StoreRuleAsync(Guid id, ReadOnlyMemory<byte>? json, long? ifAt, CancellationToken cancel) => ifAt is { } position
        ? await parts.Storage.Compacted.PutIfAtAsync(TopicNames.Rules, id.ToString(), json, position, cancel)
        : await parts.Storage.Compacted.PutAsync(TopicNames.Rules, id.ToString(), json, cancel);

    /// <summary>The caller's next read shows its own write.</summary>
    private async Task SeenHereAsync(long position, CancellationToken cancel)
    {
        registry.Get<RulesViewKey>().Tell(LookNow.Instance);
        await parts.Rules.Reached(position).WaitAsync(cancel);
    }
}
