using System.Threading.Channels;
using ActorStream.Actors.Entities;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Storage.Contracts;

namespace ActorStream.Actors.Notices;

/// <summary>Writes attempts for people, in order and behind the deliveries' back: nobody waits for it. One per node; safe from any thread.</summary>
/// <remarks>What cannot be written, or comes while <see cref="PendingMax"/> rows wait, is counted and left out: the promise is in the journal, not here.</remarks>
public sealed class AttemptLog : IAsyncDisposable
{
    public const int PendingMax = 20_000;

    private const int RowsPerWriteMax = 1_000;

    private readonly Channel<Entry> _pending = Channel.CreateBounded<Entry>(new BoundedChannelOptions(PendingMax) { SingleReader = true });
    private readonly IDeliveryLog _log;
    private readonly EntityTelemetry _telemetry;
    private readonly Task _written;

    public AttemptLog(IDeliveryLog log, EntityTelemetry telemetry)
    {
        _log = log;
        _telemetry = telemetry;
        _written = Task.Run(WriteAllAsync);
    }

    /// <summary>A request is about to be made.</summary>
    public void Started(NoticeAttempt attempt, long nowMs) => Write(attempt, nowMs, null, "sent", "");

    /// <summary>It has an outcome.</summary>
    public void Ended(NoticeAttempt attempt, long startedMs, NoticeAnswer answer, long nowMs) => Write(attempt, startedMs, nowMs, Word(answer.Outcome), answer.Reason);

    /// <summary>A recovered group found attempts whose outcome went with the incarnation that made them.</summary>
    public void EndedUnknown(IEnumerable<OpenAttempt> attempts, long nowMs)
    {
        foreach (var (alarm, number) in attempts)
            Add(new Entry(new DeliveryRow(alarm, number, nowMs, nowMs, Word(AttemptOutcome.Unknown), "the node ended before an answer was known", false), IsAfterRecovery: true));
    }

    /// <summary>Completes when everything that waited is written or counted as lost.</summary>
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _written.ConfigureAwait(false);
    }

    private void Write(NoticeAttempt attempt, long startedMs, long? endedMs, string outcome, string answer)
    {
        foreach (var (alarm, (number, isAmbiguous)) in attempt.Alarms.Zip(attempt.Numbers))
            Add(new Entry(new DeliveryRow(alarm.Id, number, startedMs, endedMs, outcome, answer, isAmbiguous), IsAfterRecovery: false));
    }

    private void Add(Entry entry)
    {
        if (!_pending.Writer.TryWrite(entry))
            _telemetry.AttemptsNotLogged(1);
    }

    private async Task WriteAllAsync()
    {
        var rows = new Dictionary<(AlarmId, int), DeliveryRow>();
        while (await _pending.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            try
            {
                // An attempt that began and ended while the last write was under way is one row.
                while (rows.Count < RowsPerWriteMax && _pending.Reader.TryRead(out var entry))
                    rows[(entry.Row.Alarm, entry.Row.Attempt)] = Merged(entry, rows);
                await _log.WriteAsync([.. rows.Values]).ConfigureAwait(false);
            }
            catch (Exception e) when (e is StorageUnavailableException or StorageFullException or OutcomeUnknownException)
            {
                _telemetry.AttemptsNotLogged(rows.Count);
            }
            rows.Clear();
        }
    }

    /// <summary>After a recovery nobody knows any more when the attempt began; its row does, and if it has an outcome it keeps it.</summary>
    private DeliveryRow Merged(Entry entry, Dictionary<(AlarmId, int), DeliveryRow> rows)
    {
        var (row, isAfterRecovery) = entry;
        if (!isAfterRecovery)
            return row;
        var known = rows.GetValueOrDefault((row.Alarm, row.Attempt)) ?? _log.Of(row.Alarm).FirstOrDefault(r => r.Attempt == row.Attempt);
        return known switch
        {
            null => row,
            { EndedMs: null } => row with { StartedMs = known.StartedMs, IsAmbiguous = known.IsAmbiguous },
            _ => known,
        };
    }

    /// <summary>See <see cref="DeliveryRow"/>.</summary>
    private static string Word(AttemptOutcome? outcome) => outcome switch
    {
        null => "dead",
        AttemptOutcome.Delivered => "delivered",
        AttemptOutcome.NotTaken or AttemptOutcome.MessageGone => "not-taken",
        AttemptOutcome.Unknown => "unknown",
        AttemptOutcome.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no outcome of an attempt"),
    };

    private readonly record struct Entry(DeliveryRow Row, bool IsAfterRecovery);
}
