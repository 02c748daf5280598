using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Plants one fault by decorating what surrounds the machines; the product itself has no hook for it.</summary>
internal sealed partial class Planted(World world, PlantedFault fault)
{
    public bool VisibleOutOfOrder => fault == PlantedFault.OffsetsVisibleOutOfOrder;

    public bool DueAfter => fault == PlantedFault.DueRowAfterItsEvent;

    public bool DueNoEvent => fault == PlantedFault.DueTickWithoutEvent;

    public bool DueInFlight => fault == PlantedFault.DueTickWithRecordsUnderWay;

    public bool NoSilenceBySample => fault == PlantedFault.SilenceByTicksOnly;

    public bool NoEmptyEvent => fault == PlantedFault.NoEmptyEvent;

    public bool WatermarkNotReloaded => fault == PlantedFault.WatermarkNotReloaded;

    public bool LatenessByChunk => fault == PlantedFault.LatenessByChunk;

    public bool RaiseRecomputed => fault == PlantedFault.RaiseRecomputed;

    public bool SinkPositionApart => fault == PlantedFault.SinkPositionApart;

    public bool JudgesLaterBatches => fault == PlantedFault.OlderPlanJudgesLaterBatch;

    public bool OlderPlanWrites => fault == PlantedFault.OlderPlanWrites;

    public bool GoesOnWithOlderPlan => fault == PlantedFault.GoesOnWithOlderPlan;

    public bool ForgetsNames => fault == PlantedFault.NameOfRemovedForgotten;

    public SimJournal NewJournal() => fault switch
    {
        PlantedFault.FenceIgnored => new JournalWithoutFence(),
        PlantedFault.FenceIsOnlyUnique => new JournalWithPrimaryKeyOnly(),
        _ => new SimJournal(),
    };

    public SimTopic NewTopic(IReadOnlyList<TopicPartition> partitions) => fault == PlantedFault.AppendTakesGap ? new TopicThatTakesGaps(world, partitions) : new SimTopic(world, partitions);

    public IReaderEffects Around(SimReader reader, Func<ReaderMachine> machine) => fault switch
    {
        PlantedFault.CommitsCurrentTime => new CommitsCurrentTime(reader, machine),
        PlantedFault.RaiseNotCommitted => new RaiseNotCommitted(world, reader, machine),
        PlantedFault.RaiseNotAwaited => new RaiseNotAwaited(world, reader, machine),
        PlantedFault.CommitsHighestOffset => new CommitsHighestOffset(reader, machine),
        PlantedFault.NoStandingTick => new NoStandingTick(world, reader),
        PlantedFault.TimeToldOnce => new TimeToldOnce(world, reader),
        PlantedFault.NoAnswerCompare => new NoAnswerCompare(reader),
        _ => reader,
    };

    public IWindowLogic Around(JoinState join) => fault == PlantedFault.RowsBegunAnew ? new RowsBegunAnewLogic(join) : join;

    public IWindowLogic Around(WindowState windows, WindowPlan plan) => fault switch
    {
        PlantedFault.NoFloorOfAdded => new NoFloorOfAddedLogic(windows, plan),
        PlantedFault.FloorNotStored => new FloorNotStoredLogic(windows),
        PlantedFault.MoreLatenessReopens => new MoreLatenessReopensLogic(windows, plan),
        PlantedFault.WindowsByPlace => new WindowsByPlaceLogic(windows, plan),
        _ => windows,
    };

    public IEntityEffects Around(SimEntity entity) => fault switch
    {
        PlantedFault.RepliesBeforePersist => new RepliesBeforePersist(world, entity),
        PlantedFault.PostsWithoutAttempt => new PostsWithoutAttempt(entity),
        PlantedFault.SafeIgnoresOutbox => new SafeIgnoresOutbox(world, entity),
        PlantedFault.TimeTickAnsweredAsJournaled => new TimeTickAnsweredAsJournaled(entity),
        _ => entity,
    };

    /// <summary>Rule 10: what a commit demands of the row.</summary>
    public bool IsFenced(CommitRow held, CommitRow asked) => fault switch
    {
        PlantedFault.CommitsInAnyOrder => false,
        PlantedFault.CommitsWithoutSerial => held.Epoch != asked.Epoch || held.Position > asked.Position,
        _ => held.Epoch != asked.Epoch || held.Serial >= asked.Serial,
    };

    /// <summary>Rule 11.</summary>
    public long Watermark(TimePolicy time, ReaderMachine machine, IReadOnlyList<CommitRow?> rows) => fault switch
    {
        PlantedFault.IdleFlagTrusted when !rows.Contains(null) && rows.Where(r => !r!.Idle).ToArray() is { Length: > 0 } awake => time.Watermark(awake),
        PlantedFault.IdleFlagTrusted when !rows.Contains(null) => rows.Max(r => time.Watermark([r])),
        // Sources of the left topic stand at even places.
        PlantedFault.WatermarkOfOneTopic => time.Watermark([.. rows.Where((_, i) => i % 2 == 0)]),
        PlantedFault.FiresByTimeRead => time.Watermark([.. rows.Select(r => r == machine.Committed ? r with { MaxEventTime = machine.MaxEventTime } : r)]),
        _ => time.Watermark(rows),
    };

    /// <summary>The rows as the reader's machine sees them for rule 12; null: it does not get to see them.</summary>
    public IReadOnlyList<CommitRow?>? Rows(IReadOnlyList<CommitRow?> rows, CommitRow own) => fault switch
    {
        // Then there is nothing to raise to: only the flag is set.
        PlantedFault.IdleFlagTrusted => [.. rows.Select(r => r is null ? null : r with { MaxEventTime = own.MaxEventTime })],
        PlantedFault.AllIdleNothing when rows.All(r => r is { Idle: true }) => null,
        _ => rows,
    };

    /// <summary>An answer on its way into the reader's machine.</summary>
    public Answer Seen(IReaderEffects reader, Answer answer) => (reader as ReaderDecorator)?.Seen(answer) ?? answer;

    /// <summary>An Apply on its way into the entity's machine.</summary>
    public Apply Seen(Apply apply) => fault == PlantedFault.NoPredecessorCheck ? apply with { Previous = PartitionId.None } : apply;
}
