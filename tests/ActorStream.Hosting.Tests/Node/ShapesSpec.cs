using ActorStream.Node.Emulate;
using CsCheck;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

public sealed class ShapesSpec
{
    [Fact]
    public void A_constant_stays()
    {
        Assert.Equal([501m, 501m, 501m], Shapes.Constant(501).Take(3));
    }

    [Theory]
    [InlineData(1, new[] { 9, 9, 9, 9 })]
    [InlineData(2, new[] { 9, 1, 9, 1, 9 })]
    [InlineData(4, new[] { 9, 1, 1, 1, 9, 1, 1, 1, 9 })]
    public void Record_zero_and_each_frequency_th_are_spikes(int frequency, int[] expected)
    {
        Assert.Equal(expected.Select(v => (decimal)v), Shapes.Spikes(1, 9, frequency).Take(expected.Length));
    }

    [Theory]
    [InlineData("1", "3", "1", "1 2 3 1 2")]
    [InlineData("3", "1", "-1", "3 2 1 3 2")]
    [InlineData("0", "10", "4", "0 4 8 0 4")]
    [InlineData("5", "5", "1", "5 5 5")]
    [InlineData("0", "0.3", "0.1", "0.0 0.1 0.2 0.3 0.0")]
    [InlineData("-1", "1", "1", "-1 0 1 -1")]
    public void Stairs_include_their_end_and_begin_again(string start, string end, string step, string expected)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        var wanted = expected.Split(' ').Select(v => decimal.Parse(v, culture)).ToList();

        var walked = Shapes.Stairs(decimal.Parse(start, culture), decimal.Parse(end, culture), decimal.Parse(step, culture)).Take(wanted.Count);

        Assert.Equal(wanted, walked);
    }

    [Theory]
    [InlineData(1, 3, 0)]
    [InlineData(1, 3, -1)]
    [InlineData(3, 1, 1)]
    public void Stairs_that_never_reach_their_end_are_refused(int start, int end, int step)
    {
        Assert.Throws<ArgumentException>(() => Shapes.Stairs(start, end, step));
    }

    [Fact]
    public void Spikes_are_at_the_multiples_of_the_frequency_and_nowhere_else() => Gen.Select(Gen.Int[1, 50], Gen.Int[1, 300]).Sample((frequency, count) =>
    {
        var spikes = Shapes.Spikes(0, 1, frequency).Take(count).Select((v, i) => (v, i)).Where(p => p.v == 1).Select(p => p.i);

        Assert.Equal(Enumerable.Range(0, count).Where(i => i % frequency == 0), spikes);
    });
}
