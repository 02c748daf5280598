using System.Text.Json;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Cluster;
using ActorStream.Wire.Serialization;
using Akka.Actor;
using Akka.Cluster.SBR;
using Akka.Cluster.Sharding;
using Akka.Event;
using System.Runtime.Serialization;
using Xunit;

namespace ActorStream.Hosting.Tests.Cluster;

/// <summary>Settings as a started node really has them: a misspelt path in akka.conf is no error to Akka.</summary>
/// <remarks>
/// Traps of Akka 1.5.73 that a node must not fall into, and what keeps it out:
/// slow fail-over by down-removal-margin = stable-after (settings below) · rejoining on the same address waits for the margin only, and asks again as soon as that is over (the same) ·
/// unplanned stops where a planned one is possible (coordinated shutdown below) · remember-entities with durable ddata starts an LMDB that does not load (off, and no durable keys in use) ·
/// the hash extractor's poison id (<see cref="StableShardsSpec"/>) · state-store-mode defaults to persistence (asserted) · events by tag lose events (no tags, no queries: readers follow topics) ·
/// sharding fixes missing from 1.5.73 concern reliable delivery (not used; hand-off bounded below) · Akka.Discovery has no DNS (static seeds) · no ActivitySource in the core (our own meter) ·
/// the cluster readiness check latches (not used) · ShardOptions cannot say rebalance and buffer (HOCON, asserted) · the legacy rebalance moves three shards at a time (asserted) ·
/// ProcessExit does not come with SIGTERM (the host's lifetime ends the system, exit-clr off).
/// </remarks>
public sealed class NodeActorSystemSpec(RunningNode node) : IClassFixture<RunningNode>
{
    private const int ApplyBytesMax = 1 << 20;

    [Theory]
    [InlineData("akka.cluster.sharding.state-store-mode", "ddata")]
    [InlineData("akka.cluster.split-brain-resolver.active-strategy", "keep-majority")]
    [InlineData("akka.actor.provider", "cluster")]
    [InlineData("akka.persistence.journal.plugin", "akka.persistence.journal.sql")]
    [InlineData("akka.persistence.journal.sql.replay-filter.mode", "off")]
    [InlineData("akka.persistence.snapshot-store.plugin", "akka.persistence.snapshot-store.sql")]
    public void Words_are_what_they_should_be(string path, string expected) => Assert.Equal(expected, node.System.Settings.Config.GetString(path));

    [Theory]
    [InlineData("akka.cluster.split-brain-resolver.stable-after", 7)]
    [InlineData("akka.cluster.down-removal-margin", 3)]
    [InlineData("akka.cluster.retry-unsuccessful-join-after", 4)]
    [InlineData("akka.cluster.sharding.handoff-timeout", 20)]
    [InlineData("akka.cluster.sharding.rebalance-interval", 5)]
    [InlineData("akka.coordinated-shutdown.phases.service-stop.timeout", 7)]
    [InlineData("akka.coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout", 6)]
    public void Times_are_what_they_should_be(string path, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), node.System.Settings.Config.GetTimeSpan(path));

    [Theory]
    [InlineData("akka.actor.serialization-settings.allow-unregistered-types")]
    [InlineData("akka.cluster.sharding.remember-entities")]
    [InlineData("akka.coordinated-shutdown.exit-clr")]
    [InlineData("akka.persistence.journal.sql.auto-initialize")]
    [InlineData("akka.persistence.snapshot-store.sql.auto-initialize")]
    public void Switches_are_off(string path) => Assert.False(node.System.Settings.Config.GetBoolean(path, true));

    [Fact]
    public void What_akka_made_of_them_is_the_same()
    {
        var cluster = Akka.Cluster.Cluster.Get(node.System);
        var sharding = ClusterShardingSettings.Create(node.System);

        Assert.IsType<SplitBrainResolverProvider>(cluster.DowningProvider);
        Assert.Equal(TimeSpan.FromSeconds(3), cluster.DowningProvider.DownRemovalMargin);
        Assert.Equal(StateStoreMode.DData, sharding.StateStoreMode);
        Assert.False(sharding.RememberEntities);
        Assert.Equal(20, sharding.TuningParameters.LeastShardAllocationAbsoluteLimit);
        Assert.Equal(10_000, sharding.TuningParameters.BufferSize);
    }

    [Fact]
    public void The_largest_apply_fits_a_frame_twice()
    {
        var frame = node.System.Settings.Config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size", null);

        Assert.Equal(ApplyBytesMax, new ReaderBounds().ApplyBytesMax);
        Assert.True(frame >= 2 * ApplyBytesMax, $"a frame is {frame} bytes");
    }

    [Fact]
    public void The_breaker_stands_above_a_whole_batch_of_fenced_writes()
    {
        var journal = node.System.Settings.Config.GetConfig("akka.persistence.journal.sql");

        Assert.True(journal.GetInt("circuit-breaker.max-failures") > 2 * journal.GetInt("batch-size"));
    }

    [Fact]
    public void Our_messages_have_our_serializer_and_a_type_without_a_binding_has_none()
    {
        var serialization = node.System.Serialization;

        Assert.IsType<ActorStreamSerializer>(serialization.FindSerializerFor(new Answer("cpu", new PartitionId("alarms", "metrics", 1, 0), 1, 2, 3)));
        Assert.Throws<SerializationException>(() => serialization.Serialize(new Unbound("text")));
    }

    [Fact]
    public async Task The_node_is_up_with_a_region_of_every_type_and_its_readers_run()
    {
        var readers = node.Registry.Get<ReadersRegion>();

        var id = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0).ReaderId;
        var report = await readers.Ask<Report>(new DescribeEntity(id), TimeSpan.FromSeconds(40));

        Assert.Equal(id, JsonDocument.Parse(report.Json).RootElement.GetProperty("reader_id").GetString());
        Assert.NotNull(node.Registry.Get<AlarmsRegion>());
        Assert.NotNull(node.Registry.Get<NoticesRegion>());
    }

    [Fact]
    public void A_log_line_is_the_bare_message_under_the_name_of_its_class()
    {
        node.System.Log.Info("hello {0}", "there");
        new BusLogging(node.System.EventStream, "akka://x/user/cpu-7", typeof(StableShards), node.System.Settings.LogFormatter).Warning("entity {0} stops", 7);

        Assert.True(SpinWait.SpinUntil(() => node.Logged.Any(l => l.Text == "entity 7 stops"), TimeSpan.FromSeconds(20)));
        Assert.Contains(node.Logged, l => l.Text == "hello there");
        Assert.Contains((typeof(StableShards).FullName!, "entity 7 stops"), node.Logged);
    }

    private sealed record Unbound(string Text);
}
