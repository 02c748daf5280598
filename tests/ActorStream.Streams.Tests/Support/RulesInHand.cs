using ActorStream.Domain.Rules;

namespace ActorStream.Streams.Tests.Support;

/// <summary>A rules view that is complete once it was told a metric.</summary>
internal sealed class RulesInHand : IRulesView
{
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RuleBook Current { get; private set; } = RuleBook.Empty;

    public Task Complete => _complete.Task;

    public Task Reached(long position) => Task.CompletedTask;

    /// <summary>One rule more, on this metric.</summary>
    public void Know(string metric)
    {
        var position = Current.Position + 1;
        var rule = new Rule(new Guid((int)position, 0, 0, new byte[8]), metric, 1, "1", ComparisonOperator.Greater, "https://discord.com/api/webhooks/1/token");
        Current = Current.With([new RuleChange(rule.Id, rule, position, 0)]);
        _complete.TrySetResult();
    }
}
