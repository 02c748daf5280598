using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Dead letters of late events: one per position and spec, however often it is written.</summary>
internal sealed class Letters
{
    private readonly Dictionary<(PartitionId Partition, long Offset, int Spec), LateEvent> _letters = [];

    public IReadOnlyCollection<(PartitionId Partition, long Offset, int Spec)> Ids => _letters.Keys;

    public bool Write(IReadOnlyList<LateEvent> late)
    {
        foreach (var letter in late)
            _letters[(letter.Partition, letter.Offset, letter.Spec)] = letter;
        return true;
    }
}
