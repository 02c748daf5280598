using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Readers;

/// <summary>Decodes the <c>alarms</c> topic for the notice groups: one batch per group.</summary>
public sealed class AlarmDecoder(PartitionId partition, CommitRow row, int noticeGroups) : ChunkDecoder(partition, row)
{
    protected override IReadOnlyList<RoutedBatch> Group(TopicChunk chunk)
    {
        var groups = new SortedDictionary<int, (List<long> Offsets, List<AlarmRecord> Alarms)>();
        foreach (var (offset, alarm) in Read(chunk))
        {
            var group = Webhook.GroupOf(alarm.WebhookUrl, noticeGroups);
            if (!groups.TryGetValue(group, out var lines))
                groups.Add(group, lines = ([], []));
            lines.Offsets.Add(offset);
            lines.Alarms.Add(alarm);
        }
        return [.. groups.OrderBy(g => g.Value.Offsets[0]).Select(g => new RoutedBatch(NoticeGroups.EntityId(g.Key), new AlarmBatch(g.Value.Offsets, g.Value.Alarms)))];
    }

    /// <summary>All alarms of a chunk in order; what cannot be read becomes a dead letter.</summary>
    internal IReadOnlyList<(long Offset, AlarmRecord Alarm)> Read(TopicChunk chunk)
    {
        var alarms = new List<(long, AlarmRecord)>();
        foreach (var batch in chunk.Batches)
        {
            var reader = new RecordBatchReader(batch.Blob.Span);
            for (var offset = batch.FirstOffset; reader.Next(); offset++)
            {
                if (offset < chunk.From)
                    continue;
                MaxEventTime = Math.Max(MaxEventTime, batch.AppendTimeMs);
                if (Decode(reader.Value, offset, batch.AppendTimeMs) is { } alarm)
                    alarms.Add((offset, alarm));
            }
        }
        return alarms;
    }

    private AlarmRecord? Decode(ReadOnlySpan<byte> value, long offset, long appendTimeMs)
    {
        try
        {
            var alarm = AlarmCodec.Decode(value);
            Counters += new ReaderCounters(1, 1, 0, 0);
            return alarm;
        }
        catch (InvalidDataException e)
        {
            Refuse(offset, appendTimeMs, "unreadable", e.Message, value);
            Counters += new ReaderCounters(1, 0, 0, 1);
            return null;
        }
    }
}
