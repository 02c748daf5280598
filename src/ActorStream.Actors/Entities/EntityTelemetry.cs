using System.Diagnostics.Metrics;
using ActorStream.Actors.Windows;

namespace ActorStream.Actors.Entities;

/// <summary>Instruments of the meter <c>ActorStream</c> that entities feed. Never labelled by entity id.</summary>
public sealed class EntityTelemetry : IDisposable
{
    private readonly Meter _meter = new("ActorStream");
    private readonly Histogram<double> _persist;
    private readonly Counter<long> _fenced;
    private readonly Counter<long> _sick;
    private readonly Counter<long> _applyFailures;
    private readonly Counter<long> _appends;
    private readonly Counter<long> _posts;
    private readonly Counter<long> _attemptsNotLogged;
    private long _ambiguous;

    /// <summary>What window groups say.</summary>
    public WindowTelemetry Windows { get; }

    public EntityTelemetry()
    {
        Windows = new WindowTelemetry(_meter);
        _persist = _meter.CreateHistogram(
            "actorstream_persist_seconds", "s", "Time from asking the journal for a checkpoint to its acknowledgement.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10] });
        _fenced = _meter.CreateCounter<long>("actorstream_journal_failures", description: "Journal writes that failed or were fenced; each stops one incarnation of an entity.");
        _sick = _meter.CreateCounter<long>("actorstream_sick_entities", description: "Entities that refuse to work because their journal has a hole.");
        _applyFailures = _meter.CreateCounter<long>("actorstream_apply_failures", description: "Records on which an entity's logic threw; each is a dead letter.");
        _appends = _meter.CreateCounter<long>("actorstream_outputs_taken", description: "Outputs of entities that their topic has taken.");
        _posts = _meter.CreateCounter<long>("actorstream_webhook_requests", description: "Requests to webhooks by outcome.");
        _attemptsNotLogged = _meter.CreateCounter<long>("actorstream_attempts_not_logged", description: "Rows of the delivery log that could not be written; deliveries do not depend on it.");
        // Observed, so that 0 is written too: without a line nobody could tell none from unknown.
        _meter.CreateObservableCounter("actorstream_ambiguous_notices", () => Volatile.Read(ref _ambiguous), description: "Notices sent again although nobody knows whether they had arrived.");
    }

    public void Persisted(TimeSpan took, string entityType) => _persist.Record(took.TotalSeconds, new KeyValuePair<string, object?>("entity_type", entityType));

    public void JournalFailed(string entityType) => _fenced.Add(1, new KeyValuePair<string, object?>("entity_type", entityType));

    public void Sick() => _sick.Add(1);

    public void ApplyFailed() => _applyFailures.Add(1);

    public void Taken(string topic, long count) => _appends.Add(count, new KeyValuePair<string, object?>("topic", topic));

    public void Posted(string outcome) => _posts.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void AttemptsNotLogged(long rows) => _attemptsNotLogged.Add(rows);

    public void SentInDoubt(long notices) => Interlocked.Add(ref _ambiguous, notices);

    public void Dispose() => _meter.Dispose();
}
