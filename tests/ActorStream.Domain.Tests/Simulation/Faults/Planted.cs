using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

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

    public bool CommitsInAnyOrder => fault == PlantedFault.CommitsInAnyOrder;

    public SimJournal NewJournal() => fault switch
    {
        PlantedFault.FenceIgnored => new JournalWithoutFence(),
        PlantedFault.FenceIsOnlyUnique => new JournalWithPrimaryKeyOnly(),
        _ => new SimJournal(),
    };

    public SimTopic NewTopic(IReadOnlyList<TopicPartition> partitions) => fault == PlantedFault.AppendTakesGap ? new TopicThatTakesGaps(world, partitions) : new SimTopic(world, partitions);

    public IReaderEffects Around(IReaderEffects reader, Func<ReaderMachine> machine) => fault switch
    {
        PlantedFault.CommitsHighestOffset => new CommitsHighestOffset(reader, machine),
        PlantedFault.NoStandingTick => new NoStandingTick(reader),
        PlantedFault.NoAnswerCompare => new NoAnswerCompare(reader),
        _ => reader,
    };

    public IEntityEffects Around(SimEntity entity) => fault switch
    {
        PlantedFault.RepliesBeforePersist => new RepliesBeforePersist(world, entity),
        PlantedFault.PostsWithoutAttempt => new PostsWithoutAttempt(entity),
        PlantedFault.SafeIgnoresOutbox => new SafeIgnoresOutbox(world, entity),
        _ => entity,
    };

    /// <summary>An answer on its way into the reader's machine.</summary>
    public Answer Seen(IReaderEffects reader, Answer answer) => (reader as ReaderDecorator)?.Seen(answer) ?? answer;

    /// <summary>An Apply on its way into the entity's machine.</summary>
    public Apply Seen(Apply apply) => fault == PlantedFault.NoPredecessorCheck ? apply with { Previous = PartitionId.None } : apply;
}
