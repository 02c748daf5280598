using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Source topic -> readers -> an entity per metric -> topic <c>alarms</c> -> readers -> two notice groups -> a receiver that knows no ids.</summary>
internal sealed class AlarmWorld : World
{
    public AlarmWorld(long seed, PlantedFault fault = PlantedFault.None, Action<string>? trace = null)
        : base(seed, fault, trace)
    {
        Topic = Planted.NewTopic([.. Enumerable.Range(0, Settings.AlarmPartitions).Select(i => new AlarmPartition(this, new PartitionId(TopicNames.NoticesGroup, TopicNames.Alarms, 1, i)))]);
        Rules = new SimRules(Random, Settings.Metrics, Settings.StaleAfterMs);
        Source = SourceLog.Make(this);
        Partitions = [.. Source, .. Topic.Partitions];
        Due = new SimDue(this);
        Checks = new AlarmChecks(this);
        Receiver = new Receiver(this);
        Start();
    }

    public override IReadOnlyList<SimPartition> Partitions { get; }

    public override SimTopic Topic { get; }

    public override IReadOnlyList<string> FixedGroups => NoticeGroups;

    public override Checks Checks { get; }

    public SimRules Rules { get; }

    public IReadOnlyList<SourcePartition> Source { get; }

    public SimDue Due { get; }

    public Receiver Receiver { get; }

    public IReadOnlyList<string> NoticeGroups { get; } = ["notices-0", "notices-1"];

    public int NoticeGroupIndexOf(AlarmRecord alarm) => Webhook.GroupOf(alarm.WebhookUrl, NoticeGroups.Count);

    public string NoticeGroupOf(AlarmRecord alarm) => NoticeGroups[NoticeGroupIndexOf(alarm)];

    public override SimEntity NewEntity(string id, int node) => NoticeGroups.Contains(id) ? new SimNotices(this, id, node) : new SimMetric(this, id, node);

    public override LedgerLogic NewLogic(string id) =>
        new(NoticeGroups.Contains(id) ? new NoticeState(Settings.Notices, Random.Share) : new AlarmState(id, Rules), Planted.NoSilenceBySample);
}
