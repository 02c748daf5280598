using System.Buffers;
using System.Text;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class ResultPointSpec
{
    private static readonly ResultRecord Plain = new(
        "p-1/tumbling_s-1_1000", "p-1", "tumbling_s-1_1000", "tumbling", "s-1", 3, 1_000, 2_000, new WindowData(3, 6, 1, 3.5, 2, 1_900), null);

    [Fact]
    public void A_result_is_a_point_at_the_start_of_its_window() =>
        Assert.Equal("p-1,key=s-1,window=tumbling count=3i,sum=6,min=1,max=3.5,avg=2,window_end=2000i,retracted=false 1000\n", LineOf(Plain, revisionIsTag: false));

    [Fact]
    public void Where_revisions_must_not_overwrite_each_other_each_is_a_point() =>
        Assert.StartsWith("p-1,key=s-1,revision=3,window=tumbling count=3i,", LineOf(Plain, revisionIsTag: true), StringComparison.Ordinal);

    [Fact]
    public void Further_aggregates_are_fields_where_the_pipeline_asks_for_them()
    {
        var result = Plain with { Data = Plain.Data with { Last = 0.1, StdDev = 1e-20, Distinct = 2, Quantiles = [2, -0.0] }, QuantileNames = ["0.5", "0.999"] };

        Assert.Contains(",avg=2,last=0.1,stddev=1E-20,distinct=2i,quantile_0.5=2,quantile_0.999=-0,window_end", LineOf(result, revisionIsTag: false), StringComparison.Ordinal);
    }

    [Fact]
    public void A_retraction_is_a_point_without_values() => Assert.Equal(
        "p-1,key=s-1,revision=4,window=session count=0i,window_end=9000i,retracted=true -1000\n",
        LineOf(Plain with { WindowName = "session", Revision = 4, StartMs = -1_000, EndMs = 9_000, Data = WindowData.None, MergedInto = "session_s-1_-2000" }, revisionIsTag: true));

    [Theory]
    [InlineData("a,b=c d", @"key=a\,b\=c\ d,window")]
    [InlineData("größer \"データ\"", "key=größer\\ \"データ\",window")]
    [InlineData(@"a\b\,c", @"key=a\b\\,c,window")]
    [InlineData(@"C:\", @"key=C:\\ ,window")]
    [InlineData("a\nb\rc", @"key=a\ b\ c,window")]
    [InlineData("", "p-1,window")]
    public void A_key_is_escaped_as_tags_are(string key, string written) => Assert.Contains(written, LineOf(Plain with { Key = key }, revisionIsTag: false), StringComparison.Ordinal);

    [Fact]
    public void Whatever_the_key_is_the_line_is_one_and_its_tags_are_read_back() => Gen.String[Gen.Char[",= \\\n\r\"abü"], 1, 12].Sample(key =>
    {
        var line = LineOf(Plain with { Key = key }, revisionIsTag: false);

        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        Assert.Equal(["p-1", "key", key.Replace('\n', ' ').Replace('\r', ' ') + (key.EndsWith('\\') ? " " : ""), "window", "tumbling"], TagsOf(line));
    });

    /// <summary>As InfluxDB 1.6 reads: a separator counts unless a backslash stands right before it.</summary>
    private static List<string> TagsOf(string line)
    {
        var (parts, part) = (new List<string>(), new StringBuilder());
        for (var i = 0; ; i++)
        {
            if (line[i] == '\\' && line[i + 1] is ',' or '=' or ' ')
            {
                part.Append(line[++i]);
                continue;
            }
            if (line[i] is not (',' or '=' or ' '))
            {
                part.Append(line[i]);
                continue;
            }
            parts.Add(part.ToString());
            part.Clear();
            if (line[i] == ' ')
                return parts;
        }
    }

    private static string LineOf(ResultRecord result, bool revisionIsTag)
    {
        var buffer = new ArrayBufferWriter<byte>();
        ResultPoint.Write(result, revisionIsTag, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
