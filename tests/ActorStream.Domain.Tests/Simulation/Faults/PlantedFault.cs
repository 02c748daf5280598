namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A rule of the protocol, broken on purpose: the simulation is worth something only if it notices (protocol.md section 5).</summary>
internal enum PlantedFault
{
    None,

    /// <summary>Readers commit how far they have read.</summary>
    CommitsHighestOffset,

    /// <summary>Entities do not compare what the reader believes to be applied.</summary>
    NoPredecessorCheck,

    /// <summary>Entities take a checkpoint for durable before the journal has written it.</summary>
    RepliesBeforePersist,

    /// <summary>The journal overwrites.</summary>
    FenceIgnored,

    /// <summary>The fence is the primary key alone, while old rows are deleted (protocol.md A1).</summary>
    FenceIsOnlyUnique,

    /// <summary>The topic takes numbers that do not follow.</summary>
    AppendTakesGap,

    /// <summary>Notices are posted before their attempt is journaled.</summary>
    PostsWithoutAttempt,

    /// <summary>Readers go on over records that become visible later.</summary>
    OffsetsVisibleOutOfOrder,

    /// <summary>What an entity reports as safe is its journaled offset, whatever its outbox holds.</summary>
    SafeIgnoresOutbox,

    /// <summary>Fixed groups are ticked only while something is under way.</summary>
    NoStandingTick,

    /// <summary>The standing tick tells no time: what a commit raised is told once.</summary>
    TimeToldOnce,

    /// <summary>What the answer to a tick that tells time only calls safe is what was applied.</summary>
    TimeTickAnsweredAsJournaled,

    /// <summary>Fixed groups that are only ticked never write: a stale survivor does not learn that it is stale (protocol.md A7).</summary>
    NoEmptyEvent,

    /// <summary>Readers do not notice that an entity has less than it acknowledged.</summary>
    NoAnswerCompare,

    /// <summary>Commits carry neither epoch nor serial.</summary>
    CommitsInAnyOrder,

    /// <summary>Due rows are written after the event that arms them.</summary>
    DueRowAfterItsEvent,

    /// <summary>A due tick that decides nothing writes no event: a stale survivor does not learn that it is stale.</summary>
    DueTickWithoutEvent,

    /// <summary>What is due is told to entities that have records in flight or waiting.</summary>
    DueTickWithRecordsUnderWay,

    /// <summary>A restart keeps the greatest event time that was read before it.</summary>
    WatermarkNotReloaded,

    /// <summary>Lateness is judged by the watermark after the chunk, not before the event.</summary>
    LatenessByChunk,

    /// <summary>Windows fire by the time read, not by the time committed.</summary>
    FiresByTimeRead,

    /// <summary>Commits store the greatest event time read, not the one at their position.</summary>
    CommitsCurrentTime,

    /// <summary>Commits demand epoch and position only: one that lands late undoes an idle raise.</summary>
    CommitsWithoutSerial,

    /// <summary>Rows of idle partitions are left out of the least; nobody raises its own.</summary>
    IdleFlagTrusted,

    /// <summary>The raise of an idle partition is in its reader's memory only.</summary>
    RaiseNotCommitted,

    /// <summary>Reading goes on before the raise is acknowledged.</summary>
    RaiseNotAwaited,

    /// <summary>A raise whose answer was lost is computed anew, and may be lower.</summary>
    RaiseRecomputed,

    /// <summary>When all partitions are idle nobody raises: the last watermark depends on who fell silent first.</summary>
    AllIdleNothing,

    /// <summary>A sink writes its position after its rows, not with them.</summary>
    SinkPositionApart,

    /// <summary>The time of a join is that of its left topic alone.</summary>
    WatermarkOfOneTopic,

    /// <summary>A recovered join lets all rows of a window leave that was leaving when it died.</summary>
    RowsBegunAnew,

    /// <summary>The next sample does not tell of the silence it ends.</summary>
    SilenceByTicksOnly,

    /// <summary>A group judges what was decoded by a later change of its pipeline: it does not know all windows of that (ADR 014).</summary>
    OlderPlanJudgesLaterBatch,

    /// <summary>A group goes on with a state that was written by a later change than its node knows.</summary>
    OlderPlanWrites,

    /// <summary>A group does not end when its node knows a later change.</summary>
    GoesOnWithOlderPlan,

    /// <summary>A window that is added takes what ended before it was.</summary>
    NoFloorOfAdded,

    /// <summary>What a change has closed is not part of a checkpoint.</summary>
    FloorNotStored,

    /// <summary>A window that is given more lateness takes what it had closed.</summary>
    MoreLatenessReopens,

    /// <summary>A stored state is of the windows at the same places of the plan.</summary>
    WindowsByPlace,

    /// <summary>A window gets the name that a removed one had.</summary>
    NameOfRemovedForgotten,
}
