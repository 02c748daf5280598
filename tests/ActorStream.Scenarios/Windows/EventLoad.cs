using System.Diagnostics;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Scenarios.Windows;

/// <summary>One event as it was appended, in the order of its partition.</summary>
internal readonly record struct LoggedEvent(string Key, long TimeMs, int Value);

/// <summary>Events at a constant rate into a topic of four partitions: some out of order, some too late. Keeps what it appended, which is what the windows are compared with.</summary>
internal sealed class EventLoad(INodeStorage storage, int perSecond, int seed) : IAsyncDisposable
{
    public const string Topic = "events";
    public const int Partitions = 4;

    private const int Keys = 200;
    private const int BatchMs = 50;
    private const int TimesFaster = 4;
    private const int FillBatch = 1_000;
    private const int SpanMs = 5 * 3_600_000;

    private readonly Random _random = new(seed);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>By partition; without <see cref="Closing"/>.</summary>
    public List<LoggedEvent>[] Appended { get; } = Empty();

    /// <summary>The last event of each partition, whose windows stay open.</summary>
    public List<LoggedEvent>[] Closing { get; private set; } = Empty();

    /// <summary>Event time begins here and runs faster than the clock: windows come often, and no event lies in the future of its arrival.</summary>
    public long StartMs { get; init; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - SpanMs;

    /// <summary>False: values are whole. True: they have three decimals, so that sums depend on their order unless they are exact.</summary>
    public bool HasFractions { get; init; }

    public long Count => Appended.Sum(p => (long)p.Count);

    /// <summary>So many events and the closing ones, as fast as they can be appended.</summary>
    public async Task FillAsync(int events)
    {
        for (var made = 0; made < events; made += FillBatch)
            await AppendAndKeepAsync([.. Enumerable.Range(made, Math.Min(FillBatch, events - made)).Select(i => Next(i))]);
        await CloseAsync(StartMs + SpanMs);
    }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Ends the load, then moves the time of every partition far beyond all windows.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await CloseAsync(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>The file may be busy while a node is killed; what was certainly not appended is appended again.</summary>
    public static async Task UntilAppendedAsync(INodeStorage storage, string topic, IReadOnlyList<NewBatch> batches)
    {
        while (true)
        {
            try
            {
                await storage.Topics.AppendAsync(topic, batches);
                return;
            }
            catch (StorageUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    private async Task RunAsync()
    {
        var start = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(BatchMs));
        var made = 0L;
        while (!_stop.IsCancellationRequested)
        {
            var due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond);
            if (due > made)
                await AppendAndKeepAsync([.. Enumerable.Range(0, (int)Math.Min(due - made, perSecond)).Select(i => Next(made + i))]);
            made = Math.Max(made, Math.Min(due, made + perSecond));
            await pace.WaitForNextTickAsync();
        }
    }

    private async Task CloseAsync(long end)
    {
        Closing = [.. Enumerable.Range(0, Partitions).Select(p => new List<LoggedEvent> { new(KeyIn(p), end, 1) })];
        await AppendAsync([.. Closing.SelectMany((events, p) => events.Select(e => (p, e)))]);
    }

    private (int, LoggedEvent) Next(long number)
    {
        var key = $"k{_random.Next(Keys)}";
        var time = StartMs + (number * 1_000 * TimesFaster / perSecond);
        // A third out of order within the delay, one in a hundred far too late.
        time -= _random.Next(100) switch { 0 => _random.Next(5_000, 40_000), < 33 => _random.Next(1_900), _ => 0 };
        return (StableHash.Bucket(key, Partitions), new LoggedEvent(key, time, _random.Next(-50, 100)));
    }

    private async Task AppendAndKeepAsync(IReadOnlyList<(int Partition, LoggedEvent Event)> events)
    {
        await AppendAsync(events);
        foreach (var (partition, e) in events)
            Appended[partition].Add(e);
    }

    private async Task AppendAsync(IReadOnlyList<(int Partition, LoggedEvent Event)> events)
    {
        var batches = new List<NewBatch>();
        foreach (var partition in events.GroupBy(e => e.Partition).OrderBy(g => g.Key))
        {
            var writer = new RecordBatchWriter();
            foreach (var (_, e) in partition)
                writer.Add(Encoding.UTF8.GetBytes(e.Key), Encoding.UTF8.GetBytes($$"""{"partition_key":"{{e.Key}}","event_time":{{e.TimeMs}},"value":{{e.Value}}{{(HasFractions ? $".{Math.Abs(e.TimeMs * 7) % 1_000:000}" : "")}}}"""));
            batches.Add(new NewBatch(partition.Key, writer.Count, writer.Written.ToArray()));
        }
        await UntilAppendedAsync(storage, Topic, batches);
    }

    private static List<LoggedEvent>[] Empty() => [.. Enumerable.Range(0, Partitions).Select(_ => new List<LoggedEvent>())];

    private static string KeyIn(int partition) => Enumerable.Range(0, Keys).Select(k => $"k{k}").First(k => StableHash.Bucket(k, Partitions) == partition);
}
