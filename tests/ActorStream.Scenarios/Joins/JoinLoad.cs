using System.Diagnostics;
using ActorStream.Domain.Records;
using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Joins;

/// <summary>Events at a constant rate into both topics of a join: some out of order, some late, and now and then a key with so many at once that its rows leave in slices.</summary>
internal sealed class JoinLoad(INodeStorage storage, int perSecond, int seed) : IAsyncDisposable
{
    private const int Keys = 150;
    private const int BatchMs = 50;
    private const int TimesFaster = 4;
    private const int SpanMs = 5 * 3_600_000;

    /// <summary>Of event time.</summary>
    private const int HotEveryMs = 40_000;

    /// <summary>Of each side: its pairs are more than the 10,000 outputs that a key group may have waiting.</summary>
    private const int HotEvents = 105;

    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _stop = new();
    private readonly long _startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - SpanMs;
    private long _hot;
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Ends the load, then moves the time of every partition far beyond all windows.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await JoinTopics.AppendEndAsync(storage, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var start = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(BatchMs));
        var made = 0L;
        while (!_stop.IsCancellationRequested)
        {
            var due = Math.Min((long)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond), made + perSecond);
            var (orders, payments) = (new List<(int, LoggedEvent)>(), new List<(int, LoggedEvent)>());
            for (; made < due; made++)
            {
                var time = _startMs + (made * 1_000 * TimesFaster / perSecond);
                AddHot(orders, payments, time);
                // Two of three are orders, so that many of them stay alone.
                if (made % 3 < 2)
                    orders.Add(Next(time, latePercent: 2));
                else
                    payments.Add(Next(time, latePercent: 10));
            }
            if (orders.Count > 0 && payments.Count > 0)
            {
                await JoinTopics.AppendAsync(storage, JoinTopics.Orders, orders);
                await JoinTopics.AppendAsync(storage, JoinTopics.Payments, payments);
            }
            await pace.WaitForNextTickAsync();
        }
    }

    private void AddHot(List<(int, LoggedEvent)> orders, List<(int, LoggedEvent)> payments, long time)
    {
        if (time < _startMs + ((_hot + 1) * HotEveryMs))
            return;
        _hot++;
        for (var i = 0; i < HotEvents; i++)
        {
            orders.Add(Placed(new LoggedEvent($"hot{_hot}", time, i)));
            payments.Add(Placed(new LoggedEvent($"hot{_hot}", time, i)));
        }
    }

    /// <param name="latePercent">A few of them are beyond the lateness.</param>
    private (int, LoggedEvent) Next(long time, int latePercent)
    {
        var choice = _random.Next(100);
        time -= choice < latePercent ? _random.Next(2_000, 30_000) : choice < 50 ? _random.Next(1_900) : 0;
        return Placed(new LoggedEvent($"k{_random.Next(Keys)}", time, _random.Next(-50, 100)));
    }

    private static (int, LoggedEvent) Placed(LoggedEvent e) => (StableHash.Bucket(e.Key, JoinTopics.Partitions), e);
}
