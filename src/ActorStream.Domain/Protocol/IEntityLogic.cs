using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>What changed in an entity's state since its last checkpoint; part of one journal event. Immutable.</summary>
public interface IStateChange;

/// <summary>An entity's whole state; part of a snapshot. Immutable.</summary>
public interface IStateSnapshot;

/// <summary>Something an entity concluded that leaves it for a topic. Immutable.</summary>
public interface IOutput;

/// <summary>Where an entity's logic puts what it concludes.</summary>
public interface IOutputs
{
    /// <summary>The outbox is at its bound: stop applying before the next record that may conclude something.</summary>
    bool Full { get; }

    /// <summary>Everything ever emitted was taken by its topic.</summary>
    bool IsEmpty { get; }

    /// <summary>Numbers the output, holds it in the outbox and asks for a checkpoint at once.</summary>
    /// <param name="topic">Name of the topic that takes it.</param>
    /// <param name="key">Decides the partition.</param>
    /// <param name="causeOffset">The record that caused it, or <see cref="PartitionId.None"/> if a tick did.</param>
    void Emit(string topic, string key, IOutput output, long causeOffset);
}

/// <summary>What a log-fed entity is about: pure state under the protocol of <see cref="EntityMachine"/>.</summary>
public interface IEntityLogic
{
    /// <summary>Applies records from <paramref name="index"/> on and leaves it at the first record not applied. Offsets below it were never seen before.</summary>
    /// <remarks>Reads the records, their append times and its own state: never a clock, a setting or a random number (protocol.md B8).
    /// Ends before the end of the batch only when <see cref="IOutputs.Full"/> or at a bound of its own that holds for the rest of this Apply. An exception at <paramref name="index"/> makes that record a dead letter.</remarks>
    void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs);

    /// <summary>Time has come this far.</summary>
    void Tick(PartitionId partition, Tick tick, IOutputs outputs);

    /// <summary>The outbox has room again: emits what waited for that, without a cause.</summary>
    void Resume(IOutputs outputs)
    {
    }

    /// <summary>The state changed since the last <see cref="Capture"/>.</summary>
    bool IsDirty { get; }

    /// <summary>The change since the last capture, or null; afterwards the state is not dirty. Asked once for every event, also for one that is empty.</summary>
    IStateChange? Capture();

    /// <summary>The whole state as it is now.</summary>
    IStateSnapshot? CaptureAll();

    /// <summary>Replays a stored change. Total: an unknown type throws.</summary>
    void Fold(IStateChange change);

    void Restore(IStateSnapshot snapshot);

    /// <summary>The journal acknowledged the last captured change.</summary>
    void Journaled();
}
