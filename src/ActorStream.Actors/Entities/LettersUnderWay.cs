using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Entities;

/// <summary>Dead letters of one entity, records that it could not apply, on their way to the store.</summary>
internal sealed class LettersUnderWay(EntityServices services, string entityType, string entityId)
{
    private readonly List<Task> _letters = [];

    public void Add(PartitionId partition, long offset, Exception error)
    {
        services.Telemetry.ApplyFailed();
        var letter = new DeadLetterEntry(
            $"{partition}@{offset}", "apply-failed", partition.ToString(), services.Time.GetUtcNow().ToUnixTimeMilliseconds(), $"{entityType} '{entityId}' failed on this record: {error.GetType().Name}: {error.Message}", "");
        _letters.Add(services.DeadLetters.AddAsync([letter]));
    }

    /// <summary>Everything that must be durable before the next event: once it counts their records as applied, no replay would meet the letters again.</summary>
    public Task Before(Task other)
    {
        if (_letters.Count == 0)
            return other;
        var all = Task.WhenAll([.. _letters, other]);
        _letters.Clear();
        return all;
    }
}
