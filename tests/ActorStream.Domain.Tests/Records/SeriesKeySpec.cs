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

    [Fact]
    public void A_key_is_itself_without_a_look_at_its_tags()
    {
        var tags = new CountedTags([new("host", "a")]);
        SeriesKey one = new(tags), same = new([new("host", "a")]);
        tags.Looks = 0;

        var isItself = one.Equals(one);
        var looks = tags.Looks;

        Assert.True(isItself);
        Assert.Equal(0, looks);
        Assert.Equal(one, same);
        Assert.True(tags.Looks > 0);
    }

    private sealed class CountedTags(KeyValuePair<string, string>[] tags) : IReadOnlyList<KeyValuePair<string, string>>
    {
        public int Looks { get; set; }

        public int Count => Look().Length;

        public KeyValuePair<string, string> this[int index] => Look()[index];

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Look().AsEnumerable().GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        private KeyValuePair<string, string>[] Look()
        {
            Looks++;
            return tags;
        }
    }
}
