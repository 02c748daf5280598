using System.Xml.Linq;
using Xunit;

namespace ActorStream.Hosting.Tests.Tidy;

/// <summary>Arrows point at what a room may know (docs/adr/001-rooms-and-arrows.md). Read from the project files, so that a new reference is a decision.</summary>
public sealed class ArrowsSpec
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Domain"] = [],
        ["Wire"] = ["Domain"],
        ["Storage"] = ["Domain", "Wire"],
        ["Streams"] = ["Domain", "Wire", "Storage"],
        ["Actors"] = ["Domain", "Wire", "Storage"],
        ["Hosting"] = ["Domain", "Wire", "Storage", "Streams", "Actors"],
        ["Edge"] = ["Domain", "Wire", "Storage", "Hosting"],
        ["Node"] = ["Domain", "Wire", "Storage", "Hosting", "Edge"],
        ["Pbm"] = [],
    };

    public static TheoryData<string> Rooms => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_what_its_arrow_points_at(string room)
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", $"ActorStream.{room}", $"ActorStream.{room}.csproj"));

        var known = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!)["ActorStream.".Length..]);

        Assert.Empty(known.Except(Allowed[room]));
    }

    [Fact]
    public void Every_project_below_src_is_a_room_of_the_table()
    {
        var rooms = Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(d => Path.GetFileName(d)["ActorStream.".Length..]);

        Assert.Equal(Allowed.Keys.Order(), rooms.Order());
    }

    [Fact]
    public void The_domain_references_no_package()
    {
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", "ActorStream.Domain", "ActorStream.Domain.csproj"));

        Assert.Empty(project.Descendants("PackageReference"));
    }

    [Theory]
    [InlineData("Streams", "using ActorStream.Actors")]
    [InlineData("Actors", "using ActorStream.Streams")]
    [InlineData("Edge", "using ActorStream.Actors")]
    [InlineData("Edge", "using ActorStream.Streams")]
    [InlineData("Edge", "using Akka")]
    [InlineData("Domain", "using Akka")]
    [InlineData("Domain", "using System.IO")]
    [InlineData("Storage", "using Akka")]
    public void A_room_does_not_reach_past_its_arrow_through_what_another_brings_in(string room, string import)
    {
        var offenders = Repository.Sources($"src/ActorStream.{room}").Where(f => File.ReadLines(f).Any(l => l.StartsWith(import, StringComparison.Ordinal)));

        Assert.Empty(offenders.Select(Path.GetFileName));
    }
}
