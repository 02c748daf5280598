using System.Text.Json;
using ActorStream.Actors.Windows;
using ActorStream.Domain.Nodes;
using ActorStream.Hosting.Facade;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>What a drain takes a key group's report for.</summary>
public sealed class WindowGroupViewSpec
{
    [Theory]
    [InlineData(20L, 20L, true)]
    [InlineData(21L, 20L, true)]
    [InlineData(19L, 20L, false)]
    [InlineData(null, 20L, false)]
    [InlineData(20L, null, true)]
    [InlineData(null, null, true)]
    public void A_group_that_applies_events_all_the_time_has_fired_when_its_time_is_there_and_nothing_waits(long? own, long? asked, bool hasFired)
    {
        var busy = View(own, hasDue: false, outbox: 0);

        Assert.False(busy.IsSettled);
        Assert.Equal(hasFired, busy.HasFiredUpTo(asked));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void While_a_window_waits_to_fire_or_a_result_for_its_topic_it_has_not(bool hasDue, int outbox)
    {
        var waits = View(20, hasDue, outbox);

        Assert.False(waits.HasFiredUpTo(20));
        Assert.False(waits.HasFiredUpTo(null));
    }

    private static WindowGroupView View(long? watermark, bool hasDue, int outbox) => WindowGroupView.Of(new Report(JsonSerializer.Serialize(
        new WindowReport("orders", 0, "akka://a@127.0.0.1:1", watermark, 1, 1, hasDue, outbox, IsClean: false, 7, new Dictionary<string, long>(), new EventBooksReport(1, 1, 0, 0, 0), [], null),
        WindowReportJson.Default.WindowReport)))!;
}
