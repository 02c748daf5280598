using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class PipelineBookSpec
{
    private static readonly PipelineSpec Orders = new(
        "orders", "orders", SourceSpec.OfTopic("orders-in"), new EventFields(), new WindowPlan("orders", [WindowSpec.Tumbling(1_000)], "results.orders"), new WatermarkSpec(), []);

    [Fact]
    public void A_pipeline_that_nobody_stopped_runs() => Assert.True(PipelineBook.Empty.IsRunning("orders"));

    [Fact]
    public void The_last_change_counts_and_what_is_known_already_changes_nothing()
    {
        var book = PipelineBook.Empty.With([new PipelineChange("a", false, 1), new PipelineChange("b", false, 2), new PipelineChange("a", true, 5)]);
        var again = book.With([new PipelineChange("a", false, 1), new PipelineChange("a", false, 5)]);

        Assert.Equal((true, false, 5L), (book.IsRunning("a"), book.IsRunning("b"), book.Position));
        Assert.Same(book, again);
    }

    [Fact]
    public void A_row_without_a_spec_says_only_whether_the_pipeline_runs()
    {
        var made = new PipelineChange("orders", true, 3) { Spec = Orders with { Version = 3 }, Owner = PipelineOwner.Http };

        var before = PipelineBook.Empty.With([new PipelineChange("orders", false, 1)]);
        var book = before.With([made, new PipelineChange("orders", false, 4)]);

        Assert.Empty(before.Pipelines);
        Assert.Null(before.Find("orders"));
        Assert.Equal(new PipelineEntry("orders", made.Spec, false, PipelineOwner.Http, false, 4), book.Find("orders"));
    }

    [Fact]
    public void Retired_names_are_those_of_the_last_row_that_has_a_spec()
    {
        var made = new PipelineChange("orders", true, 3) { Spec = Orders, Retired = RetiredNames.None.Add("session", "session-5") };

        var book = PipelineBook.Empty.With([made]);
        var stopped = book.With([new PipelineChange("orders", false, 4)]);
        var deleted = stopped.With([made with { Position = 5, IsDeleted = true, Retired = made.Retired.Add("sliding", "sliding-9-3") }]);

        Assert.Equal(["session"], book.Entries["orders"].Retired.Keys);
        Assert.Equal(["session"], stopped.Entries["orders"].Retired.Keys);
        Assert.Equal(["session", "sliding"], deleted.Entries["orders"].Retired.Keys);
    }

    [Fact]
    public void A_deleted_pipeline_is_not_there_but_what_it_was_is_known()
    {
        var made = new PipelineChange("orders", true, 3) { Spec = Orders };
        var book = PipelineBook.Empty.With([made, made with { Position = 4, IsDeleted = true }]);
        var again = book.With([made with { Position = 5 }]);

        Assert.Empty(book.Pipelines);
        Assert.Null(book.Find("orders"));
        Assert.False(book.IsRunning("orders"));
        Assert.Same(Orders, book.Entries["orders"].Spec);
        Assert.Equal([Orders], again.Pipelines);
    }
}
