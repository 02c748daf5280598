using ActorStream.Domain.Notices;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Where notices go: takes what comes and knows no ids. Beside it the journal's own word of what may come.</summary>
internal sealed class Receiver(World world)
{
    private readonly Dictionary<string, int> _received = [];
    private readonly Dictionary<string, int> _attempted = [];

    public int ReceivedOf(string alarm) => _received.GetValueOrDefault(alarm);

    /// <summary>Attempts that the journal holds.</summary>
    public int AttemptedOf(string alarm) => _attempted.GetValueOrDefault(alarm);

    /// <summary>An event of a notice group is in the journal.</summary>
    public void Journaled(NoticeStateChange change)
    {
        foreach (var attempt in change.Attempts)
        {
            foreach (var alarm in attempt.Alarms)
                _attempted[alarm.Text] = AttemptedOf(alarm.Text) + 1;
        }
    }

    public void Take(IReadOnlyList<string> alarms)
    {
        foreach (var alarm in alarms)
        {
            _received[alarm] = ReceivedOf(alarm) + 1;
            world.Trace?.Invoke($"receiver gets {alarm}, {ReceivedOf(alarm)} in all");
        }
    }
}
