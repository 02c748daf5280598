using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>A real entity machine whose surroundings are lists: what it asked for is read from them, and answered by the test.</summary>
internal sealed class EntityHarness : IEntityEffects
{
    public static readonly PartitionId P0 = new("alarms", "metrics", 1, 0);
    public static readonly PartitionId P1 = new("alarms", "metrics", 1, 1);

    public EntityHarness(IEntityLogic logic, EntityOptions? options = null, bool isRecovered = true)
    {
        Machine = new EntityMachine(options ?? new EntityOptions("cpu", IsFixedGroup: false), logic, this);
        if (isRecovered)
            Machine.Recovered(0, 0);
    }

    public EntityMachine Machine { get; }

    /// <summary>Writes asked for; all but the last are acknowledged.</summary>
    public List<(Checkpoint Event, EntitySnapshot? Snapshot)> Writes { get; } = [];

    public List<(string Topic, IReadOnlyList<OutboxItem> Items)> Appends { get; } = [];

    public List<Answer> Answers { get; } = [];

    public List<long> DeadLetters { get; } = [];

    public string? Stopped { get; private set; }

    /// <summary>What the topics took, in order.</summary>
    public List<OutboxItem> Taken { get; } = [];

    public bool IsWriting { get; private set; }

    public void Apply(EntityBatch batch, long nowMs = 0, long previous = PartitionId.None) =>
        Machine.OnApply(new Apply("cpu", P0, 1, previous, [batch], null), nowMs);

    public void Tick(long nowMs, PartitionId? partition = null) =>
        Machine.OnApply(new Apply("cpu", partition ?? P0, 1, PartitionId.None, [], Domain.Protocol.Tick.Nothing), nowMs);

    /// <summary>A tick that tells time only.</summary>
    public void TellTime(long watermark, long nowMs = 0, long previous = PartitionId.None) =>
        Machine.OnApply(new Apply("cpu", P0, 1, previous, [], Domain.Protocol.Tick.OfTime(watermark)), nowMs);

    public void AcknowledgeWrite(long nowMs = 0)
    {
        Assert.True(IsWriting, "no write is in flight");
        IsWriting = false;
        Machine.OnJournaled(nowMs);
    }

    /// <summary>Acknowledges writes and takes appends until nothing is asked any more.</summary>
    public void Settle(long nowMs = 0)
    {
        while (IsWriting || Appends.Count > 0)
        {
            if (IsWriting)
                AcknowledgeWrite(nowMs);
            else
                TakeAppend(nowMs);
        }
    }

    public void TakeAppend(long nowMs = 0)
    {
        var (topic, items) = Appends[0];
        Appends.RemoveAt(0);
        Taken.AddRange(items);
        Machine.OnTaken(topic, items[^1].Number, nowMs);
    }

    void IEntityEffects.Journal(Checkpoint checkpoint, EntitySnapshot? snapshot)
    {
        Assert.False(IsWriting, "a second write while one is in flight (protocol.md A9)");
        IsWriting = true;
        Writes.Add((checkpoint, snapshot));
    }

    void IEntityEffects.Append(string topic, IReadOnlyList<OutboxItem> items) => Appends.Add((topic, items));

    void IEntityEffects.Answer(Answer answer) => Answers.Add(answer);

    void IEntityEffects.DeadLetter(PartitionId partition, long offset, Exception error) => DeadLetters.Add(offset);

    void IEntityEffects.Stop(string reason) => Stopped = reason;
}
