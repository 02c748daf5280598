using ActorStream.Hosting.Options;
using ActorStream.Hosting.Tests.Tidy;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class ReadmeSpec
{
    private const string Begin = "<!-- settings -->";
    private const string End = "<!-- /settings -->";

    [Fact]
    public void The_settings_of_README_are_those_of_the_table()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "README.md"));
        var (begin, end) = (Array.IndexOf(lines, Begin), Array.IndexOf(lines, End));
        string[] expected =
        [
            "| flag | HOCON key | environment | meaning |",
            "|---|---|---|---|",
            .. SettingsTable.All.Select(k => $"| `{k.Flag} {k.ValueName.Replace("|", "\\|")}` | `{k.Key}` | `{k.EnvironmentName}` | {k.Meaning} |"),
        ];

        var written = begin >= 0 && end > begin ? lines[(begin + 1)..end] : [];

        Assert.True(expected.SequenceEqual(written), $"Between {Begin} and {End} README.md should say:{Environment.NewLine}{string.Join(Environment.NewLine, expected)}");
    }
}
