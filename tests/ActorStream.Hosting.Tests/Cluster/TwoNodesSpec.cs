using ActorStream.Domain.Nodes;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Tests.Pipelines;
using ActorStream.Hosting.Cluster;
using Akka.Actor;
using Akka.Cluster;
using Xunit;

namespace ActorStream.Hosting.Tests.Cluster;

/// <summary>With strict serialization every message between nodes needs a binding, Akka's own as well: seen only with two of them.</summary>
public sealed class TwoNodesSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The promise.</summary>
    private static readonly TimeSpan EffectiveWithin = TimeSpan.FromSeconds(1);

    private readonly RunningNode _first = new() { Pipelines = [OrdersPipeline.Spec] };
    private RunningNode _second = null!;

    public async Task InitializeAsync()
    {
        await _first.InitializeAsync();
        _second = new RunningNode(_first);
        await _second.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public async Task Entities_answer_from_either_node_and_a_planned_leave_hands_them_over()
    {
        await Up(_second, members: 2);

        await AskAll(_first);
        await AskAll(_second);
        var second = Akka.Cluster.Cluster.Get(_second.System);
        second.Leave(second.SelfAddress);
        await _second.System.WhenTerminated.WaitAsync(Patience);
        await Up(_first, members: 1);

        await AskAll(_first);
        var complaints = _first.Logged.Concat(_second.Logged).Where(l => l.Text.Contains("serializ", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_rule_changed_or_deleted_on_one_node_counts_on_the_other_at_most_a_second_after_its_reply()
    {
        await Up(_second, members: 2);
        await Task.WhenAll(_first.Rules.Complete, _second.Rules.Complete).WaitAsync(Patience);
        var rule = new Rule(Guid.NewGuid(), "m", 1, "1", ComparisonOperator.Greater, "https://discord.com/api/webhooks/1/t");

        for (var threshold = 1; threshold <= 5; threshold++)
        {
            var stored = await _first.Facade.PutRuleAsync(rule with { Threshold = threshold, ThresholdText = $"{threshold}" }, null, CancellationToken.None);
            await _second.Rules.Reached(stored!.Position).WaitAsync(EffectiveWithin);
            Assert.Equal(threshold, _second.Rules.Current.Find(rule.Id)!.Rule.Threshold);
        }
        await _second.Facade.DeleteRuleAsync(rule.Id, null, CancellationToken.None);
        await _first.Rules.Reached(_second.Rules.Current.Position).WaitAsync(EffectiveWithin);

        Assert.Null(_first.Rules.Current.Find(rule.Id));
    }

    [Fact]
    public async Task A_pipeline_stopped_or_started_on_one_node_is_so_on_the_other_at_most_a_second_after_the_reply()
    {
        await Up(_second, members: 2);
        await Task.WhenAll(_first.PipelinesView.Complete, _second.PipelinesView.Complete).WaitAsync(Patience);

        foreach (var isRunning in new[] { false, true, false })
        {
            Assert.True(await _first.Facade.Pipelines.RunAsync(OrdersPipeline.Spec.Id, isRunning, CancellationToken.None));
            await _second.PipelinesView.Reached(_first.PipelinesView.Current.Position).WaitAsync(EffectiveWithin);
            Assert.Equal(isRunning, Assert.Single(_second.Facade.Pipelines.All).IsRunning);
        }
    }

    /// <summary>Enough ids that both nodes hold some of them.</summary>
    private static async Task AskAll(RunningNode from)
    {
        foreach (var region in new[] { from.Registry.Get<AlarmsRegion>(), from.Registry.Get<NoticesRegion>() })
        {
            foreach (var id in Enumerable.Range(0, 16).Select(i => $"group-{i}"))
                Assert.NotEmpty((await region.Ask<Report>(new DescribeEntity(id), Patience)).Json);
        }
    }

    private static async Task Up(RunningNode node, int members)
    {
        var cluster = Akka.Cluster.Cluster.Get(node.System);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = node.System.ActorOf(Props.Create(() => new Watcher(members, cluster, reached)));
        await reached.Task.WaitAsync(Patience);
        node.System.Stop(watcher);
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(int members, Akka.Cluster.Cluster cluster, TaskCompletionSource reached)
        {
            var up = new HashSet<Address>();
            cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
            Receive<ClusterEvent.MemberUp>(e => Look(up.Add(e.Member.Address)));
            Receive<ClusterEvent.MemberRemoved>(e => Look(up.Remove(e.Member.Address)));

            void Look(bool changed)
            {
                if (changed && up.Count == members)
                    reached.TrySetResult();
            }
        }
    }
}
