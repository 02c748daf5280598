using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Tests.Protocol;

internal sealed class NumberBatch(long first, int[] numbers) : EntityBatch
{
    public int[] Numbers => numbers;

    public override int Count => numbers.Length;

    public override int WireBytes => 8 * numbers.Length;

    public override long OffsetAt(int index) => first + index;
}

/// <summary>Adds what it is given; a negative number is an output as well.</summary>
internal sealed class SumLogic : IEntityLogic
{
    public const int Poison = int.MaxValue;

    private long _captured;

    public long Sum { get; private set; }

    /// <summary>The offset that it does not want yet.</summary>
    public long StopBefore { get; set; } = PartitionId.None;

    /// <summary>A tick with this watermark makes an output.</summary>
    public long FiresAt { get; set; } = long.MaxValue;

    public bool IsDirty => Sum != _captured;

    public void Apply(PartitionId partition, EntityBatch batch, ref int index, IOutputs outputs)
    {
        for (var numbers = ((NumberBatch)batch).Numbers; index < numbers.Length && !outputs.Full && batch.OffsetAt(index) != StopBefore; index++)
        {
            if (numbers[index] == Poison)
                throw new InvalidDataException("poison");
            Sum += numbers[index];
            if (numbers[index] < 0)
                outputs.Emit("out", "key", new Output(batch.OffsetAt(index)), batch.OffsetAt(index));
        }
    }

    public void Tick(PartitionId partition, Tick tick, IOutputs outputs)
    {
        if (tick.Watermark < FiresAt)
            return;
        FiresAt = long.MaxValue;
        outputs.Emit("out", "key", new Output(PartitionId.None), PartitionId.None);
    }

    public IStateChange? Capture()
    {
        if (!IsDirty)
            return null;
        _captured = Sum;
        return new State(Sum);
    }

    public IStateSnapshot CaptureAll() => new State(Sum);

    public void Fold(IStateChange change) => Sum = _captured = ((State)change).Sum;

    public void Restore(IStateSnapshot snapshot) => Sum = _captured = ((State)snapshot).Sum;

    public void Journaled()
    {
    }

    internal sealed record State(long Sum) : IStateChange, IStateSnapshot;

    private sealed record Output(long Offset) : IOutput;
}
