using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>A real reader machine whose surroundings are lists: what it asked for is read from them, and answered by the test.</summary>
internal sealed class ReaderHarness : IReaderEffects
{
    public const long Epoch = 7;

    public static readonly PartitionId Partition = new("alarms", "metrics", 1, 0);

    private static readonly CommitRow Row = new(Epoch, 0, 0, PartitionId.NoTime, false, default, ReadOnlyMemory<byte>.Empty, 1);

    public ReaderHarness(ReaderBounds? bounds = null, string[]? fixedGroups = null, TimePolicy? time = null, CommitRow? row = null) =>
        Machine = new ReaderMachine(Partition, row ?? Row, bounds ?? new ReaderBounds(), fixedGroups ?? [], this, time);

    public static CommitRow RowAt(long position, long maxEventTime, bool idle = false) => Row with { Position = position, MaxEventTime = maxEventTime, Idle = idle };

    public ReaderMachine Machine { get; }

    public List<Apply> Applies { get; } = [];

    public List<CommitRow> Commits { get; } = [];

    public List<int> TickTimes { get; } = [];

    public string? Restarted { get; private set; }

    public string? Stopped { get; private set; }

    /// <summary>A chunk up to an offset; its greatest event time is that + 100, its size 100 bytes.</summary>
    public void Chunk(long next, params (string Entity, int Offset)[] records)
    {
        var batches = records.GroupBy(r => r.Entity).Select(g => new RoutedBatch(g.Key, new OffsetBatch([.. g.Select(r => (long)r.Offset)])));
        Machine.OnChunk(new DecodedChunk(next, next + 100, new ReaderCounters(next, next, 0, 0), 100, [.. batches]));
    }

    public void Answer(string entity, long applied, long safe) => Machine.OnAnswer(new Answer(entity, Partition, Epoch, applied, safe));

    /// <summary>Messages with records: entity, first and last offset.</summary>
    public List<(string Entity, long First, long Last)> Sent() =>
        [.. Applies.Where(a => a.Batches.Count > 0).Select(a => (a.EntityId, a.Batches[0].FirstOffset, a.Batches[^1].LastOffset))];

    void IReaderEffects.Send(Apply apply) => Applies.Add(apply);

    void IReaderEffects.Commit(CommitRow row) => Commits.Add(row);

    void IReaderEffects.Restart(string reason) => Restarted = reason;

    void IReaderEffects.Stop(string reason) => Stopped = reason;
}

internal sealed class OffsetBatch(long[] offsets) : EntityBatch
{
    public override int Count => offsets.Length;

    public override int WireBytes => 8;

    public override long OffsetAt(int index) => offsets[index];
}
