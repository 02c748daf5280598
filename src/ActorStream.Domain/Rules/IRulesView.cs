namespace ActorStream.Domain.Rules;

/// <summary>A node's view of all rules; swapped whole, read from any thread.</summary>
public interface IRulesView
{
    RuleBook Current { get; }

    /// <summary>Completes when the view first reached the head of the <c>rules</c> topic; no metric is processed before.</summary>
    Task Complete { get; }

    /// <summary>Completes when the view has reached this position: a recovered entity waits for what it used before (protocol.md B7).</summary>
    Task Reached(long position);
}
