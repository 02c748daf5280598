using ActorStream.Domain.Pipelines;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class InfluxTargetSpec
{
    [Theory]
    [InlineData("http://h:8086/?db=d", "http://h:8086/write?db=d&precision=ms", false)]
    [InlineData("http://h:8086?db=d&rp=week", "http://h:8086/write?db=d&rp=week&precision=ms", false)]
    [InlineData("https://h/influx/write?db=a%20b", "https://h/influx/write?db=a%20b&precision=ms", false)]
    [InlineData("https://h/?org=o&bucket=b", "https://h/api/v2/write?org=o&bucket=b&precision=ms", true)]
    [InlineData("https://h/api/v2/write?bucket=b&org=o", "https://h/api/v2/write?bucket=b&org=o&precision=ms", true)]
    public void The_query_says_which_version_is_written_to(string target, string writeUri, bool isV2)
    {
        Assert.Empty(InfluxTarget.Faults(target));

        Assert.Equal(new InfluxTarget(new Uri(writeUri), isV2), InfluxTarget.Of(target));
    }

    [Theory]
    [InlineData("influx", "no http or https URL")]
    [InlineData("ftp://h/?db=d", "no http or https URL")]
    [InlineData("http://h:8086/", "does not say which database")]
    [InlineData("http://h/?db=", "does not say which database")]
    [InlineData("http://h/?org=o", "does not say which database")]
    [InlineData("http://h/?bucket=b", "does not say which database")]
    [InlineData("http://h/?db=d&precision=s", "holds precision in its query; allowed here: db, rp")]
    [InlineData("http://h/?org=o&bucket=b&db=d", "holds db in its query; allowed here: org, bucket")]
    [InlineData("http://h/?db=a&db=b", "holds db 2 times")]
    [InlineData("http://h/?db=a#top", "holds #top")]
    public void A_fault_says_what_is_allowed(string target, string said) => Assert.Contains(InfluxTarget.Faults(target), f => f.Contains(said, StringComparison.Ordinal));

    [Theory]
    [InlineData("http://me:secret@h/?db=d")]
    [InlineData("http://h/?db=d&u=me&p=secret")]
    public void A_password_in_the_url_is_refused_without_being_shown(string target)
    {
        var fault = Assert.Single(new SinkSpec(SinkKind.InfluxDb, "i", target).Faults());

        Assert.Contains("ACTORSTREAM_INFLUXDB_TOKEN", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc==", true, "Token abc==")]
    [InlineData("me:secret", true, "Token me:secret")]
    [InlineData("me:secret", false, "Basic bWU6c2VjcmV0")]
    [InlineData("e30.e30.x", false, "Bearer e30.e30.x")]
    [InlineData("", false, null)]
    public void A_token_is_sent_as_the_version_wants_it_and_never_printed(string text, bool isV2, string? header)
    {
        var token = new InfluxToken(text);

        Assert.Equal(header, token.Authorization(isV2));
        Assert.Equal(text.Length == 0 ? "none" : "***", token.ToString());
    }
}
