using ActorStream.Domain.Alarms;

namespace ActorStream.Domain.Notices;

/// <summary>Messages of one webhook that wait to be edited, by the alarm that began their episode. Bounded: beyond <see cref="Max"/> the oldest is forgotten, and its resolve goes as an ordinary message.</summary>
internal sealed class SentMessages
{
    public const int Max = 1_000;

    private readonly OrderedDictionary<AlarmId, string> _ids = [];

    /// <summary>Null: not known (any more).</summary>
    public string? Of(AlarmId episode) => _ids.GetValueOrDefault(episode);

    /// <summary>The first message of an episode is the one that is edited; a later one changes nothing.</summary>
    public void Remember(AlarmId episode, string id)
    {
        if (_ids.TryAdd(episode, id) && _ids.Count > Max)
            _ids.RemoveAt(0);
    }

    public void Forget(AlarmId episode) => _ids.Remove(episode);

    public void Clear() => _ids.Clear();

    public IReadOnlyList<SentMessage> Snapshot() => [.. _ids.Select(m => new SentMessage(m.Key, m.Value))];
}
