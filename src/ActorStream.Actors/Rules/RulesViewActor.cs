using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;
using Akka.Actor;
using Akka.Event;

namespace ActorStream.Actors.Rules;

/// <summary>Follows the compacted <c>rules</c> topic and swaps this node's <see cref="RulesView"/>.</summary>
/// <remarks>Looks every <see cref="LookEveryMs"/>: so a rule is effective on every node well within the second that is promised. A failed look is repeated; the view stays as it was.</remarks>
public sealed class RulesViewActor : ReceiveActor, IWithTimers
{
    public const int LookEveryMs = 200;

    private readonly RulesView _view;
    private readonly ICompactedTopic _topic;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private string? _said;

    public RulesViewActor(RulesView view, ICompactedTopic topic)
    {
        _view = view;
        _topic = topic;
        Receive<LookNow>(_ => Look());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RulesView view, ICompactedTopic topic) => Akka.Actor.Props.Create(() => new RulesViewActor(view, topic));

    protected override void PreStart()
    {
        Self.Tell(LookNow.Instance);
        Timers.StartPeriodicTimer("look", LookNow.Instance, TimeSpan.FromMilliseconds(LookEveryMs));
    }

    private void Look()
    {
        try
        {
            var book = _view.Current;
            _view.Swap(book.With(_topic.ChangesAfter(TopicNames.Rules, book.Position).Select(ToChange)));
            _said = null;
        }
        catch (StorageUnavailableException e) when (e.Message == _said)
        {
            // Said once: it may last as long as a broker is away.
            return;
        }
        catch (StorageUnavailableException e)
        {
            _said = e.Message;
            _log.Warning("The rules could not be read: {0}. They are read again in {1} ms.", e.Message, LookEveryMs);
        }
    }

    /// <summary>A record that is no rule counts as a deletion: a rule that nobody can read judges nothing.</summary>
    private RuleChange ToChange(CompactedRecord record)
    {
        if (!Guid.TryParse(record.Key, out var id))
        {
            _log.Warning("The rules topic holds a key that is no id: '{0}' at {1}; it is passed over.", record.Key, record.Position);
            return new RuleChange(Guid.Empty, null, record.Position, record.AppendTimeMs);
        }
        if (record.Value is not { Length: > 0 } value)
            return new RuleChange(id, null, record.Position, record.AppendTimeMs);
        var parsed = RuleJson.Parse(value.Span, id);
        if (parsed.Rule is null)
            _log.Warning("Rule {0} at {1} cannot be read and judges nothing: {2}", id, record.Position, string.Join(" ", parsed.Faults.Select(f => f.Sentence)));
        return new RuleChange(id, parsed.Rule, record.Position, record.AppendTimeMs);
    }
}

/// <summary>To <see cref="RulesViewActor"/> of this node: a rule was just stored here.</summary>
public sealed class LookNow : INoSerializationVerificationNeeded
{
    public static readonly LookNow Instance = new();

    private LookNow()
    {
    }
}
