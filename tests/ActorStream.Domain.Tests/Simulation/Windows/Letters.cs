using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Dead letters of late events: one per position, spec and change of the pipeline, however often it is written.</summary>
internal sealed class Letters
{
    private readonly Dictionary<(PartitionId Partition, long Offset, int Spec, long Version), LateEvent> _letters = [];

    public IReadOnlyCollection<(PartitionId Partition, long Offset, int Spec, long Version)> Ids => _letters.Keys;

    /// <param name="version">Change of the pipeline by whose plan they were rejected.</param>
    public bool Write(IReadOnlyList<LateEvent> late, long version)
    {
        foreach (var letter in late)
            _letters[(letter.Partition, letter.Offset, letter.Spec, version)] = letter;
        return true;
    }
}
