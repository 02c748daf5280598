using ActorStream.Domain.Records;
using Xunit;

namespace ActorStream.Domain.Tests.Records;

public sealed class SeriesKeySpec
{
    [Fact]
    public void Equal_tags_are_one_series()
    {
        SeriesKey one = new([new("dc", "eu"), new("host", "a")]), same = new([new("dc", "eu"), new("host", "a")]), other = new([new("dc", "eu"), new("host", "b")]);

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, other);
        Assert.NotEqual(SeriesKey.Empty, one);
        Assert.Equal("dc:eu,host:a", one.ToString());
    }
}
