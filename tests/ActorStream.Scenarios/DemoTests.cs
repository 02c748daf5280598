using System.Text.RegularExpressions;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios;

public sealed partial class DemoTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task The_demo_ends_with_a_clean_summary()
    {
        var data = Directory.CreateTempSubdirectory("actorstream-demo-").FullName;
        using var demo = ActorStreamProcess.Start(["demo", "--nodes", "3", "--seconds", "10", "--data", data]);

        var code = await demo.EndedAsync(Patience);

        output.WriteLine(demo.Printed);
        Assert.Equal(0, code);
        var words = SummaryWord().Matches(demo.Printed);
        Assert.Equal(["raised", "delivered", "lost", "duplicates"], words.Select(w => w.Value));
        var counts = SummaryLine().Matches(demo.Printed)
            .ToDictionary(m => m.Groups["word"].Value, m => int.Parse(m.Groups["count"].Value, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(counts["raised"] > 0, "The demo raised nothing.");
        Assert.Equal(counts["raised"], counts["delivered"]);
        Assert.Equal(0, counts["lost"]);
        Assert.Equal(0, counts["duplicates"]);
        Assert.Contains("(ambiguous attempts: 0)", demo.Printed, StringComparison.Ordinal);
        Directory.Delete(data, recursive: true);
    }

    [GeneratedRegex(@"\b(raised|delivered|lost|duplicates)\b")]
    private static partial Regex SummaryWord();

    [GeneratedRegex(@"^(?<word>raised|delivered|lost|duplicates): (?<count>\d+)", RegexOptions.Multiline)]
    private static partial Regex SummaryLine();
}
