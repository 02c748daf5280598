using System.Text.Json;

namespace ActorStream.Node.Demo;

/// <summary>What has arrived at the stand-in. Safe from any thread.</summary>
internal sealed class ReceivedAlarms(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _timesById = new(StringComparer.Ordinal);
    private long _last = time.GetTimestamp();

    /// <summary>Alarms by the last part of their embed's url, which is the alarm's id, each once.</summary>
    public IReadOnlySet<string> Ids
    {
        get
        {
            lock (_lock)
                return _timesById.Keys.ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Arrivals beyond the first of each alarm.</summary>
    public long Repeated
    {
        get
        {
            lock (_lock)
                return _timesById.Values.Sum(n => (long)n - 1);
        }
    }

    /// <summary>Since the last message, or since the beginning.</summary>
    public TimeSpan Quiet
    {
        get
        {
            lock (_lock)
                return time.GetElapsedTime(_last);
        }
    }

    /// <param name="message">Within Discord's limits.</param>
    public void Take(JsonElement message)
    {
        lock (_lock)
        {
            _last = time.GetTimestamp();
            foreach (var id in message.GetProperty("embeds").EnumerateArray().Select(IdOf))
                _timesById[id] = _timesById.GetValueOrDefault(id) + 1;
        }
    }

    private static string IdOf(JsonElement embed) => DiscordLimits.TextOf(embed, "url").Split('/')[^1];
}
