using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Actors.Rules;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Pipelines;

/// <summary>Follows the compacted <c>pipelines</c> topic and swaps this node's <see cref="PipelinesView"/>; to pipelines what <see cref="RulesViewActor"/> is to rules.</summary>
/// <remarks>The topics of a pipeline are there before it is in the view: whoever sees it may read and append.</remarks>
public sealed class PipelinesViewActor : ReceiveActor, IWithTimers
{
    private readonly PipelinesView _view;
    private readonly ICompactedTopic _topic;
    private readonly PipelineReads _reads;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private string? _said;

    public PipelinesViewActor(PipelinesView view, ICompactedTopic topic, PipelineReads reads)
    {
        _view = view;
        _topic = topic;
        _reads = reads;
        ReceiveAsync<LookNow>(_ => LookAsync());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PipelinesView view, ICompactedTopic topic, PipelineReads reads) => Akka.Actor.Props.Create(() => new PipelinesViewActor(view, topic, reads));

    protected override void PreStart()
    {
        Self.Tell(LookNow.Instance);
        Timers.StartPeriodicTimer("look", LookNow.Instance, TimeSpan.FromMilliseconds(RulesViewActor.LookEveryMs));
    }

    private async Task LookAsync()
    {
        try
        {
            var before = _view.Current;
            var book = before.With(_topic.ChangesAfter(TopicNames.Pipelines, before.Position).Select(ToChange));
            foreach (var pipeline in book.Pipelines.Where(p => before.Find(p.Id)?.Spec?.Version != p.Version).ToList())
                book = await WithTopicsAsync(pipeline, book);
            _view.Swap(book);
            _said = null;
        }
        catch (Exception e) when (e is StorageUnavailableException or StorageFullException or OutcomeUnknownException)
        {
            if (e.Message != _said)
                _log.Warning("The pipelines could not be read: {0}. It is tried again in {1} ms.", e.Message, RulesViewActor.LookEveryMs);
            _said = e.Message;
        }
    }

    /// <summary>One that cannot have its topics must not keep the others from being known.</summary>
    private async Task<PipelineBook> WithTopicsAsync(PipelineSpec pipeline, PipelineBook book)
    {
        try
        {
            await _reads.EnsureTopics(pipeline, book);
            return book;
        }
        catch (StorageRefusedException e)
        {
            _log.Error("Pipeline {0} cannot run on this node until it is changed: {1}", pipeline.Id, e.Message);
            return book.Without(pipeline.Id);
        }
    }

    private PipelineChange ToChange(CompactedRecord record)
    {
        var change = _reads.Read(record, out var fault);
        if (fault is not null)
            _log.Warning("The row of pipeline {0} at {1} cannot be read; the pipeline goes on as it is known here. {2}.", record.Key, record.Position, fault);
        return change;
    }
}

/// <summary>What a view needs of the room that knows how pipelines are written.</summary>
/// <param name="Read">Of one row; never throws.</param>
/// <param name="EnsureTopics">Makes what a pipeline reads and writes, where it is missing.</param>
public sealed record PipelineReads(ReadPipelineRow Read, Func<PipelineSpec, PipelineBook, Task> EnsureTopics);

/// <param name="fault">Null: it could be read.</param>
public delegate PipelineChange ReadPipelineRow(CompactedRecord record, out string? fault);
