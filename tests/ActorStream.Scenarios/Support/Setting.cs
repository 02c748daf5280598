using System.Globalization;

namespace ActorStream.Scenarios.Support;

/// <summary>What whoever runs the tests may choose by an environment variable.</summary>
internal static class Setting
{
    public static int Of(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
