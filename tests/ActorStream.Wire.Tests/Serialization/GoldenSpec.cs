using System.Runtime.CompilerServices;
using ActorStream.Wire.Serialization;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>Bytes of released versions, one file per manifest, beside what they say. A file is never changed: it stands for journals that exist.</summary>
/// <remarks>
/// A new manifest gets its files by a run with the environment variable <c>ACTORSTREAM_WRITE_GOLDEN=1</c>, which writes those missing and leaves the others.
/// A message that gains members gets files of a further version beside the old ones.
/// </remarks>
public sealed class GoldenSpec
{
    private const int Seed = 4711;

    /// <summary>Messages that gained members, by the version that brought them; all others are as they were at first.</summary>
    private static readonly (string Version, string[] Manifests)[] Grown = [("v2", ["ap", "ar", "as"])];

    public static TheoryData<string, string> Stored()
    {
        var stored = new TheoryData<string, string>();
        foreach (var form in WireForms.All)
            stored.Add("v1", form.Manifest);
        foreach (var (version, manifests) in Grown)
        {
            foreach (var manifest in manifests)
                stored.Add(version, manifest);
        }
        return stored;
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Bytes_of_every_version_are_still_read(string version, string manifest)
    {
        if (Environment.GetEnvironmentVariable("ACTORSTREAM_WRITE_GOLDEN") == "1")
            WriteMissing(version, manifest);
        var folder = Path.Combine(AppContext.BaseDirectory, "Golden", version);
        Assert.True(File.Exists(Path.Combine(folder, manifest + ".bin")), $"No golden file for \"{manifest}\": run the tests once with ACTORSTREAM_WRITE_GOLDEN=1, build, commit what it wrote.");

        var bytes = File.ReadAllBytes(Path.Combine(folder, manifest + ".bin"));
        var message = new ActorStreamSerializer(null!).FromBinary(bytes, manifest);

        Assert.Equal(File.ReadAllText(Path.Combine(folder, manifest + ".txt")), Described.Of(message));
    }

    private static void WriteMissing(string version, string manifest, [CallerFilePath] string thisFile = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Golden", version, manifest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path + ".bin"))
            return;
        var form = WireForms.Of(manifest);
        // The richest of many, so that as many members as can be are in it.
        var message = Enumerable.Range(Seed, 50).Select(seed => new Anything(new Random(seed)).A(form.Type)).MaxBy(static m => Described.Of(m).Split('\n').Length)!;
        File.WriteAllBytes(path + ".bin", form.Encode(message));
        File.WriteAllText(path + ".txt", Described.Of(message));
    }
}
