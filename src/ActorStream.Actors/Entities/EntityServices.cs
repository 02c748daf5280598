using System.Collections.Concurrent;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Entities;

/// <summary>What every log-fed entity of a node needs; made once per node.</summary>
public sealed record EntityServices(ITopicStore Topics, IDeadLetterStore DeadLetters, IDueTable Due, TimeProvider Time, EntityTelemetry Telemetry)
{
    /// <summary>Recoveries in a row that found a hole in their journal, by persistence id.</summary>
    internal ConcurrentDictionary<string, int> Holes { get; } = new();
}
