using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;

namespace ActorStream.Actors.Alarms;

/// <summary>What an alarm entity says of itself, as JSON in a <see cref="Domain.Nodes.Report"/>.</summary>
public sealed record AlarmReport(AlarmDescription Alarms, string Node, Dictionary<string, long> Applied, int Outbox, long Sequence)
{
    public static string Json(string node, AlarmState state, EntityMachine machine) => JsonSerializer.Serialize(
        new AlarmReport(state.Describe(), node, machine.Applied.ToDictionary(a => a.Key.ToString(), a => a.Value), machine.OutboxCount, machine.Sequence));
}
