using ActorStream.Streams.Windows;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Streams.Tests.Windows;

public sealed class PipelineActivitySpec
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_000_000));
    private readonly PipelineActivity _activity;

    public PipelineActivitySpec() => _activity = new PipelineActivity(_time);

    [Fact]
    public void The_rate_is_over_the_last_ten_whole_seconds()
    {
        _activity.Committed(70, [1]);
        _activity.Committed(30, [1]);
        var running = _activity.Rate;
        Seconds(1);
        var next = _activity.Rate;
        Seconds(9);
        var last = _activity.Rate;
        Seconds(1);

        Assert.Equal((0, 10, 10, 0), (running, next, last, _activity.Rate));
    }

    [Fact]
    public void The_report_holds_the_whole_seconds_of_the_last_minute_the_latest_durations_and_the_last_commit()
    {
        _activity.Committed(1, [5_000]);
        for (var second = 1; second <= 100; second++)
        {
            Seconds(1);
            _activity.Committed(second, Enumerable.Repeat((double)second, 10));
        }

        var report = _activity.Report("orders");

        Assert.Equal(Enumerable.Range(40, 60).Select(i => new SecondReport(1_000_000 + i, i)), report.Seconds.OrderBy(s => s.Second));
        Assert.Equal((512, 49.0, 100.0), (report.DurationsMs.Count, report.DurationsMs.Min(), report.DurationsMs.Max()));
        Assert.Equal(1_000_100_000, report.LastMs);
    }

    private void Seconds(int count) => _time.Advance(TimeSpan.FromSeconds(count));
}
