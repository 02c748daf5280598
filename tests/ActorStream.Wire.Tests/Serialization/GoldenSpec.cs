using System.Runtime.CompilerServices;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
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
    private const string NoticesVersion = "v2";
    private const int Seed = 4711;

    /// <summary>Messages that gained members, or came, by the version that brought it; all others are as they were at first.</summary>
    private static readonly (string Version, string[] Manifests)[] Grown = [("v2", ["ap", "ar", "as", "xr"]), ("v3", ["wc", "ws", "wr", "dw"]), ("v4", ["wc", "ws", "wr", "jc", "js", "jr"])];

    private static readonly string[] NotInVersion1 = ["xr", "wc", "ws", "wr", "dw", "jc", "js", "jr"];

    public static TheoryData<string, string> Stored()
    {
        var stored = new TheoryData<string, string>();
        foreach (var form in WireForms.All.Where(static f => !NotInVersion1.Contains(f.Manifest)))
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

    /// <summary>Columns of windows and joins are written by hand: reading alone would not show that what is written has changed.</summary>
    [Theory]
    [InlineData("wc")]
    [InlineData("ws")]
    [InlineData("jc")]
    [InlineData("js")]
    public void State_of_windows_and_joins_is_written_byte_for_byte_as_in_its_newest_version(string manifest)
    {
        var version = Grown.Last(g => g.Manifests.Contains(manifest)).Version;
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", version, manifest + ".bin"));
        var serializer = new ActorStreamSerializer(null!);

        Assert.Equal(bytes, serializer.ToBinary(serializer.FromBinary(bytes, manifest)));
    }

    /// <summary>What notice groups journal beside alarms since version 2; the alarms have files of their own.</summary>
    [Theory]
    [InlineData("nc")]
    [InlineData("ns")]
    public void Bytes_of_notices_of_version_2_are_still_read(string manifest)
    {
        if (Environment.GetEnvironmentVariable("ACTORSTREAM_WRITE_GOLDEN") == "1")
            Write(manifest, NoticesVersion, Notices(manifest));
        var folder = Path.Combine(AppContext.BaseDirectory, "Golden", NoticesVersion);

        var message = new ActorStreamSerializer(null!).FromBinary(File.ReadAllBytes(Path.Combine(folder, manifest + ".bin")), manifest);

        Assert.Equal(File.ReadAllText(Path.Combine(folder, manifest + ".txt")), Described.Of(message));
        Assert.Equal(Described.Of(Notices(manifest)), Described.Of(message));
    }

    /// <summary>An Apply carries events since version 3, and says by which change of their pipeline they were decoded since version 4.</summary>
    [Theory]
    [InlineData("v3", 0)]
    [InlineData("v4", 17)]
    public void Bytes_of_events_are_still_read(string version, long specVersion)
    {
        if (Environment.GetEnvironmentVariable("ACTORSTREAM_WRITE_GOLDEN") == "1")
            Write("ap", version, Events(specVersion));
        var folder = Path.Combine(AppContext.BaseDirectory, "Golden", version);

        var message = new ActorStreamSerializer(null!).FromBinary(File.ReadAllBytes(Path.Combine(folder, "ap.bin")), "ap");

        Assert.Equal(File.ReadAllText(Path.Combine(folder, "ap.txt")), Described.Of(message));
        Assert.Equal(Described.Of(Events(specVersion)), Described.Of(message));
    }

    private static Apply Events(long specVersion)
    {
        var random = new Random(Seed);
        EntityBatch[] batches = [.. Enumerable.Range(0, 6).Select(i => AnyWindows.Events(random, i * 1_000_000L, specVersion))];
        return new Apply("sensors/7", new PartitionId("pipeline.sensors", "events", 1, 3), 2, 41, batches, new Tick(1_764_000_000_000, PartitionId.NoTime));
    }

    private static object Notices(string manifest)
    {
        const string url = "https://discord.com/api/webhooks/1/t";
        var (one, two, three) = (new AlarmId("alarm-1"), new AlarmId("alarm-2"), new AlarmId("alarm-3"));
        return manifest == "nc"
            ? new NoticeStateChange(
                [],
                [new AttemptFinished(url, [one], AttemptOutcome.Delivered, "1234567890123456789", 1_764_000_000_123), new AttemptFinished(url, [two], AttemptOutcome.MessageGone)],
                [new ChannelDied(url, "answered 404")], [new NoticesExpired(url, [two, three])], [new AttemptStarted(url, [three], IsEdit: true), new AttemptStarted(url, [one])])
            : new NoticeStateSnapshot([new ChannelSnapshot(url, [], 3, 2, null, 1_764_000_000_123, [new SentMessage(one, "1"), new SentMessage(two, "2")])]);
    }

    private static void WriteMissing(string version, string manifest)
    {
        var form = WireForms.Of(manifest);
        // The richest of many, so that as many members as can be are in it.
        Write(manifest, version, Enumerable.Range(Seed, 50).Select(seed => new Anything(new Random(seed)).A(form.Type)).MaxBy(static m => Described.Of(m).Split('\n').Length)!);
    }

    private static void Write(string manifest, string version, object message, [CallerFilePath] string thisFile = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "Golden", version, manifest);
        if (File.Exists(path + ".bin"))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".bin", WireForms.Of(manifest).Encode(message));
        File.WriteAllText(path + ".txt", Described.Of(message));
    }
}
