using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Actors.Rules;
using ActorStream.Wire.Topics;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Pipelines;

/// <summary>Follows the compacted <c>pipelines</c> topic and swaps this node's <see cref="PipelinesView"/>; to pipelines what <see cref="RulesViewActor"/> is to rules.</summary>
public sealed class PipelinesViewActor : ReceiveActor, IWithTimers
{
    private readonly PipelinesView _view;
    private readonly ICompactedTopic _topic;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private string? _said;

    public PipelinesViewActor(PipelinesView view, ICompactedTopic topic)
    {
        _view = view;
        _topic = topic;
        Receive<LookNow>(_ => Look());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PipelinesView view, ICompactedTopic topic) => Akka.Actor.Props.Create(() => new PipelinesViewActor(view, topic));

    protected override void PreStart()
    {
        Self.Tell(LookNow.Instance);
        Timers.StartPeriodicTimer("look", LookNow.Instance, TimeSpan.FromMilliseconds(RulesViewActor.LookEveryMs));
    }

    private void Look()
    {
        try
        {
            var book = _view.Current;
            _view.Swap(book.With(_topic.ChangesAfter(TopicNames.Pipelines, book.Position).Select(ToChange)));
            _said = null;
        }
        catch (StorageUnavailableException e)
        {
            if (e.Message != _said)
                _log.Warning("Which pipelines run could not be read: {0}. It is read again in {1} ms.", e.Message, RulesViewActor.LookEveryMs);
            _said = e.Message;
        }
    }

    /// <summary>A record that cannot be read counts as running, as if it were not there.</summary>
    private PipelineChange ToChange(CompactedRecord record)
    {
        if (record.Value is not { Length: > 0 } value)
            return new PipelineChange(record.Key, true, record.Position);
        var isRunning = PipelineStateJson.TryRead(value.Span);
        if (isRunning is null)
            _log.Warning("The row of pipeline {0} at {1} cannot be read; the pipeline runs.", record.Key, record.Position);
        return new PipelineChange(record.Key, isRunning ?? true, record.Position);
    }
}
