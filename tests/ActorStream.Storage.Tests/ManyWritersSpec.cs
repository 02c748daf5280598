using System.Globalization;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>protocol.md section 4.4: many writers in several processes, and a reader that follows the head meanwhile.</summary>
public abstract class ManyWritersSpec(IStorageWorld world) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    /// <summary>Of each writer; enough for all eight to be under way at once.</summary>
    private const int Appends = 400;

    private const int Looks = 300;

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task A_tailing_reader_sees_every_offset_of_eight_writers_on_three_instances_once_and_in_order()
    {
        await using var one = await world.OpenAsync();
        await using var two = await world.OpenAsync();
        await using var three = await world.OpenAsync();
        await using var reader = await world.OpenAsync();

        var tail = TailAsync(reader.Topics, 0, seen => seen.Count == 8 * 150);
        await Task.WhenAll(
            AppendingProcess.AppendAsync(one, "one", 3, 150), AppendingProcess.AppendAsync(two, "two", 3, 150), AppendingProcess.AppendAsync(three, "three", 2, 150));
        var seen = await tail;

        AssertGapless(seen);
        Assert.Equal(8, NumbersByWriter(seen).Count);
        Assert.All(NumbersByWriter(seen), w => Assert.Equal(Enumerable.Range(0, 150), w.Value));
        Assert.Equal(seen, DataFolder.RecordsOf(reader.Topics, "metrics", 1));
    }

    [SkippableFact]
    public async Task Killing_one_of_three_processes_loses_nothing_acknowledged_and_stops_nobody()
    {
        Skip.If(OperatingSystem.IsWindows(), "Kills with SIGKILL.");
        await using var reader = await world.OpenAsync();
        using var first = AppendingProcess.Start(world.Place, "first", 3, 100);
        using var second = AppendingProcess.Start(world.Place, "second", 3, 100);
        using var victim = AppendingProcess.Start(world.Place, "victim", 2, int.MaxValue);

        var beforeKill = new List<(long Offset, string Value)>();
        try
        {
            beforeKill = await TailAsync(reader.Topics, 0, seen => seen.Count(r => r.Value.StartsWith("victim", StringComparison.Ordinal)) >= 20);
        }
        finally
        {
            // It would append for ever.
            victim.Kill();
        }
        await Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync(), victim.WaitForExitAsync()).WaitAsync(Deadline);
        var after = await reader.Topics.AppendAsync("metrics", [DataFolder.Batch(0, "last")]);
        var seen = await TailAsync(reader.Topics, 0, seen => seen.Count > after.Firsts[0]);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        AssertGapless(seen);
        Assert.Equal(beforeKill, seen.Take(beforeKill.Count));
        var numbers = NumbersByWriter(seen.SkipLast(1));
        Assert.All(numbers.Where(w => !w.Key.StartsWith("victim", StringComparison.Ordinal)), w => Assert.Equal(Enumerable.Range(0, 100), w.Value));
        Assert.All(numbers, w => Assert.Equal(Enumerable.Range(0, w.Value.Count), w.Value));
        Assert.Equal(seen.SkipLast(1), DataFolder.RecordsOf(reader.Topics, "metrics", 1));
    }

    [SkippableFact]
    public async Task An_append_held_open_before_its_commit_keeps_back_what_eight_writers_in_three_processes_append_after_it()
    {
        await using var reader = await world.OpenAsync();
        using var first = AppendingProcess.Start(world.Place, "first", 3, Appends);
        using var second = AppendingProcess.Start(world.Place, "second", 3, Appends);
        using var third = AppendingProcess.Start(world.Place, "third", 2, Appends);
        List<(long Offset, string Value)> whileHeld;

        await TailAsync(reader.Topics, 0, seen => WritersIn(seen) == 8);
        using (var held = world.HoldAppend("held.0:0"))
        {
            // The others go on meanwhile, as far as they are let.
            for (var look = 0; look < Looks; look++)
                Assert.Equal(held.Offset, reader.Topics.StateOf("metrics", 0).Head);
            whileHeld = await TailAsync(reader.Topics, 0, seen => seen.Count >= held.Offset);
            Assert.Equal(held.Offset, whileHeld.Count);
        }
        var seen = await TailAsync(reader.Topics, 0, seen => seen.Count == 8 * Appends + 1);
        await Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync(), third.WaitForExitAsync()).WaitAsync(Deadline);

        Assert.Equal((0, 0, 0), (first.ExitCode, second.ExitCode, third.ExitCode));
        AssertGapless(seen);
        Assert.Equal([.. whileHeld, (whileHeld.Count, "held.0:0")], seen.Take(whileHeld.Count + 1));
        Assert.True(seen.Count > whileHeld.Count + 1, "all had ended before one was held");
        Assert.All(NumbersByWriter(seen).Where(w => w.Key != "held.0"), w => Assert.Equal(Enumerable.Range(0, Appends), w.Value));
    }

    private static int WritersIn(List<(long Offset, string Value)> seen) => seen.Select(r => r.Value.Split(':')[0]).Distinct().Count();

    /// <summary>Follows the head like a reader in another process: asks the change stamp, reads from the last offset on.</summary>
    private static async Task<List<(long Offset, string Value)>> TailAsync(ITopicStore topics, int partition, Func<List<(long Offset, string Value)>, bool> done)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var seen = new List<(long Offset, string Value)>();
        for (long from = 0, stamp = -1; !done(seen); await poll.WaitForNextTickAsync(deadline.Token))
        {
            // Asked before reading: what is committed in between changes the next answer.
            var now = topics.ChangeStampOf("metrics");
            if (now == stamp)
                continue;
            stamp = now;
            while (topics.Read("metrics", partition, from, 64, 1 << 16) is { Count: > 0 } batches)
            {
                seen.AddRange(batches.SelectMany(DataFolder.ValuesOf));
                from = batches[^1].Next;
            }
        }
        return seen;
    }

    private static void AssertGapless(IEnumerable<(long Offset, string Value)> seen)
    {
        var next = 0L;
        foreach (var (offset, _) in seen)
            Assert.Equal(next++, offset);
    }

    private static Dictionary<string, List<int>> NumbersByWriter(IEnumerable<(long Offset, string Value)> seen) => seen
        .Select(r => r.Value.Split(':'))
        .GroupBy(p => p[0], p => int.Parse(p[1], CultureInfo.InvariantCulture))
        .ToDictionary(g => g.Key, g => g.ToList());
}

public sealed class ManyWritersOnSqliteSpec() : ManyWritersSpec(new DataFolder());

public sealed class ManyWritersOnPostgresSpec() : ManyWritersSpec(new PostgresWorld());
