using ActorStream.Domain.Nodes;
using ActorStream.Hosting.Cluster;
using CsCheck;
using Xunit;

namespace ActorStream.Hosting.Tests.Cluster;

public sealed class StableShardsSpec
{
    [Fact]
    public void Any_id_has_a_shard_within_the_range_and_always_the_same()
    {
        Gen.Select(Gen.String, Gen.Int[1, 1_000]).Sample((id, shards) =>
        {
            var shard = new StableShards(shards).ShardId(id);
            return int.Parse(shard) is var number && number >= 0 && number < shards && shard == new StableShards(shards).ShardId(id);
        });
    }

    /// <summary>Never to be changed: nodes of two releases share one cluster while it is rolled.</summary>
    [Theory]
    [InlineData("cpu", "59")]
    [InlineData("alarms/metrics/0", "10")]
    [InlineData("group-7", "62")]
    [InlineData("Größe/°C", "10")]
    public void Shards_of_known_ids_are_what_they_were(string id, string shard) => Assert.Equal(shard, new StableShards(100).ShardId(id));

    /// <summary>Akka's own extractor overflows on the hash of this id and restarts the region (akka.net, HashCodeMessageExtractor).</summary>
    [Fact]
    public void The_id_that_breaks_the_extractor_of_akka_is_an_id_like_any_other() =>
        Assert.InRange(int.Parse(new StableShards(100).ShardId("user-4364179152")), 0, 99);

    [Fact]
    public void Only_messages_to_an_entity_have_one()
    {
        var shards = new StableShards(100);

        Assert.Equal("cpu", shards.EntityId(new DescribeEntity("cpu")));
        Assert.Null(shards.EntityId(new DescribeEntity("")));
        Assert.Null(shards.EntityId("text"));
        Assert.Null(shards.ShardId("text" as object));
    }
}
