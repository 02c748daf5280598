using System.Runtime.CompilerServices;
using ActorStream.Wire.Serialization;
using Xunit;

namespace ActorStream.Wire.Tests.Serialization;

/// <summary>Bytes of released versions, one file per manifest, beside what they say. A file is never changed: it stands for journals that exist.</summary>
/// <remarks>
/// A new manifest gets its files by a run with the environment variable <c>ACTORSTREAM_WRITE_GOLDEN=1</c>, which writes those missing of the newest version and leaves the others.
/// A message that gained members gets a new version; older folders hold what they held.
/// </remarks>
public sealed class GoldenSpec
{
    private const string Newest = "v2";
    private const int Seed = 4711;

    private static readonly string[] SinceVersion1 = ["ap", "an", "ck", "es", "ar", "as", "nc", "ns", "er", "pa", "de", "nq", "rp"];

    public static TheoryData<string, string> Stored()
    {
        var stored = new TheoryData<string, string>();
        foreach (var manifest in SinceVersion1)
            stored.Add("v1", manifest);
        foreach (var form in WireForms.All)
            stored.Add(Newest, form.Manifest);
        return stored;
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Bytes_of_every_version_are_still_read(string version, string manifest)
    {
        if (version == Newest && Environment.GetEnvironmentVariable("ACTORSTREAM_WRITE_GOLDEN") == "1")
            WriteMissing(manifest);
        var folder = Path.Combine(AppContext.BaseDirectory, "Golden", version);
        Assert.True(File.Exists(Path.Combine(folder, manifest + ".bin")), $"No golden file for \"{manifest}\": run the tests once with ACTORSTREAM_WRITE_GOLDEN=1, build, commit what it wrote.");

        var bytes = File.ReadAllBytes(Path.Combine(folder, manifest + ".bin"));
        var message = new ActorStreamSerializer(null!).FromBinary(bytes, manifest);

        Assert.Equal(File.ReadAllText(Path.Combine(folder, manifest + ".txt")), Described.Of(message));
    }

    private static void WriteMissing(string manifest, [CallerFilePath] string thisFile = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Golden", Newest, manifest);
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
