using System.Reflection;
using System.Text.RegularExpressions;
using ActorStream.Domain.Protocol;
using Xunit;

namespace ActorStream.Hosting.Tests.Tidy;

/// <summary>House rules that no analyzer knows.</summary>
public sealed partial class HouseStyleSpec
{
    private const int FileLinesMax = 400;

    [Fact]
    public void No_file_outgrows_two_nouns()
    {
        var long_ = Repository.Sources("src").Where(f => File.ReadLines(f).Count() > FileLinesMax).Select(Path.GetFileName);

        Assert.Empty(long_);
    }

    [Fact]
    public void Nothing_is_left_for_later_in_the_product()
    {
        var left = Repository.Sources("src").Where(f => Leftover().IsMatch(File.ReadAllText(f))).Select(Path.GetFileName);

        Assert.Empty(left);
    }

    [Fact]
    public void Messages_events_and_snapshots_are_sealed_and_have_no_public_setter()
    {
        Type[] markers = [typeof(IEntityMessage), typeof(IStateChange), typeof(IStateSnapshot), typeof(IOutput)];
        var messages = typeof(IEntityMessage).Assembly.GetTypes().Where(t => t.IsClass && markers.Any(m => m.IsAssignableFrom(t)));

        var open = messages.Where(t => !t.IsSealed || t.GetProperties().Any(HasSetter)).Select(t => t.Name);

        Assert.Empty(open);
    }

    private static bool HasSetter(PropertyInfo property) =>
        property.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|#region|catch\s*(\(Exception\))?\s*\{\s*\}")]
    private static partial Regex Leftover();
}
