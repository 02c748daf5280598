using ActorStream.Domain.Pipelines;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class PipelineBookSpec
{
    [Fact]
    public void A_pipeline_that_nobody_stopped_runs() => Assert.True(PipelineBook.Empty.IsRunning("orders"));

    [Fact]
    public void The_last_change_counts_and_what_is_known_already_changes_nothing()
    {
        var book = PipelineBook.Empty.With([new PipelineChange("a", false, 1), new PipelineChange("b", false, 2), new PipelineChange("a", true, 5)]);
        var again = book.With([new PipelineChange("a", false, 1), new PipelineChange("a", false, 5)]);

        Assert.Equal((true, false, 5L), (book.IsRunning("a"), book.IsRunning("b"), book.Position));
        Assert.Equal((true, false, 5L), (again.IsRunning("a"), again.IsRunning("b"), again.Position));
    }
}
