using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Windows;

public sealed class WindowPlanSpec
{
    [Fact]
    public void All_faults_are_listed_at_once_each_with_value_limit_and_remedy()
    {
        var plan = new WindowPlan(
            "p", [WindowSpec.Tumbling(0), WindowSpec.Sliding(10, 20), WindowSpec.Sliding(10, 0), WindowSpec.Session(0), WindowSpec.Session(5, -1), new(WindowType.Tumbling, 10, 5, 0, 0), WindowSpec.Sliding(1_000_000, 1)], "results")
        {
            Quantiles = [1.5, 0.5, 0.99, 0.5],
            Bounds = new WindowBounds(KeysMax: 0),
        };

        var faults = plan.Faults();

        string[] expected =
            ["windows[0]: size_ms is 0", "windows[1]: slide_ms is 20 and greater than size_ms (10)", "windows[2]: slide_ms is 0", "windows[3]: gap_ms is 0", "windows[4]: allowed_lateness_ms is -1",
                "windows[5]: slide_ms is 5; a tumbling window slides by its size", "windows[6]: size_ms 1000000 by slide_ms 1 puts each event into 1000000 windows", "quantiles holds 1.5", "quantiles holds 0.5 2 times", "bounds are 0 keys"];
        Assert.Equal(expected.Length, faults.Count);
        Assert.All(expected.Zip(faults), f => Assert.StartsWith(f.First, f.Second, StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => new WindowState(plan));
    }

    [Fact]
    public void Two_windows_whose_ids_would_be_equal_are_refused()
    {
        var plan = new WindowPlan("p", [WindowSpec.Tumbling(10), WindowSpec.Tumbling(10, 5)], "results");

        Assert.Contains("tumbling-10 2 times", Assert.Single(plan.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_plan_has_no_faults() =>
        Assert.Empty(new WindowPlan("p", [WindowSpec.Tumbling(10), WindowSpec.Tumbling(20), WindowSpec.Sliding(10, 10), WindowSpec.Session(1)], "results").Faults());
}
