using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Rules;

public sealed class TagFilterSpec
{
    private static readonly TagFilter Two = new([new TagCondition("host", ["a", "b"], false), new TagCondition("dc", ["1"], true)]);

    [Theory]
    [InlineData("dc:1,host:a", true)]
    [InlineData("dc:1,host:b", true)]
    [InlineData("aa:x,dc:1,ee:y,host:a,zz:z", true)]
    [InlineData("dc:1,host:c", false)]
    [InlineData("dc:2,host:a", false)]
    [InlineData("host:a", false)]
    [InlineData("dc:1", false)]
    [InlineData("dc:1,hosts:a", false)]
    [InlineData("dc:1,host:A", false)]
    [InlineData("", false)]
    public void A_series_matches_when_it_has_every_named_tag_with_an_allowed_value(string series, bool isMatch) => Assert.Equal(isMatch, Two.Matches(Series(series)));

    [Theory]
    [InlineData("")]
    [InlineData("dc:1,host:a")]
    public void Without_named_tags_any_series_matches(string series) => Assert.True(TagFilter.Any.Matches(Series(series)));

    private static SeriesKey Series(string text)
        => text.Length == 0 ? SeriesKey.Empty : new SeriesKey([.. text.Split(',').Select(t => new KeyValuePair<string, string>(t.Split(':')[0], t.Split(':')[1]))]);
}
