using ActorStream.Domain.Records;

namespace ActorStream.Domain.Protocol;

/// <summary>What the reader knows of an entity that is not clean (rule 5).</summary>
internal sealed class TrackedEntity(string id, long first)
{
    public readonly string Id = id;
    public readonly List<EntityBatch> InFlight = [];
    public readonly Queue<EntityBatch> Waiting = new();
    public long Acked = PartitionId.None;
    public long First = first;
    public long Last = first;
    public long Safe = PartitionId.None;
    public bool TickedSinceRecords;
    public bool Unanswered;
    public long DueMs;
    public int PauseMs = ReaderMachine.TickMs;

    public bool NeedsTick => InFlight.Count > 0 || Safe < Last;

    public bool IsClean => InFlight.Count == 0 && Waiting.Count == 0 && Safe >= Last;
}
