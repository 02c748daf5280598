using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Writes alarms to the history table: one chunk, one transaction that also moves the position.</summary>
internal sealed class HistoryWriter(PartitionId partition, CommitRow row, IAlarmHistory history) : IChunkWriter
{
    private readonly AlarmDecoder _decoder = new(partition, row, NoticeGroups.Count);

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        IReadOnlyList<AlarmRecord> alarms = [.. _decoder.Read(chunk).Select(a => a.Alarm)];
        var records = chunk.Next - chunk.From;
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next, Counters = row.Counters + new ReaderCounters(records, alarms.Count, 0, records - alarms.Count) };
        return (await history.WriteAsync(partition, row.Position, next, alarms).ConfigureAwait(false), next);
    }

    public void Dispose()
    {
    }
}
