using ActorStream.Domain.Records;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;

namespace ActorStream.Hosting.Facade;

/// <summary>When samples are refused for a while, before the disk is full. Looks once a second at most and answers from that in between; safe from any thread.</summary>
internal sealed class IngestBounds(NodeParts parts)
{
    private const int BehindRetrySeconds = 5;
    private const int DiskRetrySeconds = 30;

    private long _nextLook;
    private IngestRefusal? _last;

    /// <summary>Null: they are taken.</summary>
    public IngestRefusal? WhyNot()
    {
        var now = parts.Time.GetTimestamp();
        var next = Volatile.Read(ref _nextLook);
        if (now >= next && Interlocked.CompareExchange(ref _nextLook, now + parts.Time.TimestampFrequency, next) == next)
            Volatile.Write(ref _last, Look());
        return Volatile.Read(ref _last);
    }

    private IngestRefusal? Look()
    {
        var bounds = parts.Settings.Ingest;
        if (parts.Storage.FreeBytes is { } free && free < bounds.FreeDiskBytesMin)
            return new IngestRefusal($"{free} bytes of disk are free and {bounds.FreeDiskBytesMin} are kept for what was already taken ({SettingsTable.IngestFreeDiskMin.Key}); nothing was stored. Make room, or wait for the retention to delete.", DiskRetrySeconds);
        var uncommitted = Uncommitted();
        return uncommitted <= bounds.UncommittedRecordsMax
            ? null
            : new IngestRefusal($"{uncommitted} samples are stored and not yet read; at most {bounds.UncommittedRecordsMax} may be ({SettingsTable.IngestUncommittedMax.Key}); nothing was stored. Send again later; more nodes with the roles ingest and worker read faster.", BehindRetrySeconds);
    }

    /// <summary>A partition that nobody has committed counts whole.</summary>
    private long Uncommitted()
    {
        var topics = parts.Storage.Topics;
        var incarnation = topics.IncarnationOf(TopicNames.Metrics);
        var committed = parts.Storage.Commits.RowsOf(TopicNames.AlarmsGroup).Where(r => r.Partition.Topic == TopicNames.Metrics && r.Partition.Incarnation == incarnation).ToDictionary(r => r.Partition.Partition, r => r.Row.Position);
        return Enumerable.Range(0, topics.PartitionsOf(TopicNames.Metrics)).Select(p => (Partition: p, State: topics.StateOf(TopicNames.Metrics, p)))
            .Sum(p => p.State.Head - Math.Max(p.State.First, committed.GetValueOrDefault(p.Partition)));
    }
}
