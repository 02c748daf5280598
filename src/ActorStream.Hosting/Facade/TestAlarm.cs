using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;

namespace ActorStream.Hosting.Facade;

/// <summary>What a user sends to see whether a rule's messages arrive.</summary>
internal static class TestAlarm
{
    /// <summary>An alarm that no sample caused: its value is the threshold, its time now, its id its own.</summary>
    public static AlarmRecord Of(VersionedRule version, DateTimeOffset now)
    {
        var rule = version.Rule;
        var nobody = new AppliedOffset(new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0), 0);
        return new AlarmRecord(
            new AlarmId($"{rule.Id:N}-test-{Guid.NewGuid():N}"), rule.Id, version.Position, rule.MetricName, SeriesKey.Empty, nobody, rule.Threshold, rule.Operator, rule.ThresholdText,
            now.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds(), rule.WebhookUrl)
        {
            Kind = AlarmKind.Test,
            Receiver = rule.Receiver,
        };
    }
}
