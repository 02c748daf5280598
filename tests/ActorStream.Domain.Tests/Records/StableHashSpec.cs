using System.Text;
using ActorStream.Domain.Records;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Records;

public sealed class StableHashSpec
{
    // Computed by an independent program. Where records, entities and shards live depends on these values: they never change.
    [Theory]
    [InlineData("", 2_872_998_923u, 11)]
    [InlineData("a", 444_641_715u, 51)]
    [InlineData("received-packages", 2_764_228_910u, 46)]
    [InlineData("температура", 542_357_974u, 22)]
    public void Golden_values(string text, uint hash, int bucketOf64)
    {
        Assert.Equal(hash, StableHash.Of(text));
        Assert.Equal(bucketOf64, StableHash.Bucket(text, 64));
        Assert.Equal(bucketOf64, StableHash.Bucket(Encoding.UTF8.GetBytes(text), 64));
    }

    [Fact]
    public void A_text_beyond_the_stack_buffer_hashes_like_its_bytes()
    {
        Assert.Equal(2_805_591_175u, StableHash.Of(new string('x', 600)));
    }

    [Fact]
    public void Text_and_its_bytes_agree_and_buckets_stay_in_range()
    {
        Gen.Select(Gen.String, Gen.Int[1, 1_000]).Sample((text, buckets) =>
            StableHash.Of(text) == StableHash.Of(Encoding.UTF8.GetBytes(text)) && StableHash.Bucket(text, buckets) is var bucket && bucket >= 0 && bucket < buckets);
    }

    [Fact]
    public void Ten_thousand_names_spread_evenly_over_64_buckets()
    {
        var counts = Enumerable.Range(0, 10_000).CountBy(i => StableHash.Bucket($"metric-{i}", 64)).Select(c => c.Value).ToArray();

        Assert.Equal(64, counts.Length);
        Assert.InRange(counts.Min(), 100, 156);
        Assert.InRange(counts.Max(), 156, 215);
    }
}
