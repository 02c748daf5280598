using System.Diagnostics;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Options;
using ActorStream.Node;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Benchmarks;

/// <summary>Tumbling windows on three processes over one PostgreSQL server: topic of several partitions -> decode -> windows on all nodes -> checkpoint -> results topic -> file.</summary>
internal static class WindowsOnPostgres
{
    private const string What = "windows, tumbling 10 s, 1,000 keys, three processes with PostgreSQL";
    private const string Id = "bench-postgres";
    private const string Topic = "bench-events";
    private const string Group = $"pipeline.{Id}";
    private const string Sink = $"sink.{Id}.out";
    private const int Entities = 1_000;
    private const int SizeMs = 10_000;
    private const int BatchRecords = 8_000;

    public static async Task<IReadOnlyList<Row>> RunAsync(long events)
    {
        if (Environment.GetEnvironmentVariable("POSTGRES_CONNECTION") is not { Length: > 0 } connection)
            return [new Row(What, "not run", "set POSTGRES_CONNECTION to an empty database")];
        var folder = Folders.Fresh();
        try
        {
            var (pipeline, output) = (Path.Combine(folder, "bench.conf"), Path.Combine(folder, "out.jsonl"));
            await File.WriteAllTextAsync(pipeline, $$"""
                pipeline {
                  id = {{Id}}
                  source { type = topic, topic = {{Topic}} }
                  key = entity
                  time = ts
                  windows = [{ type = tumbling, size_ms = {{SizeMs}} }]
                  watermark { delay_ms = 0 }
                  sinks = [{ type = file, name = out, target = "{{output}}" }]
                }
                """);
            var settings = BenchNode.SettingsOf(new Dictionary<string, IReadOnlyList<string>>
            {
                ["actorstream.storage.backend"] = ["postgres"], ["actorstream.storage.postgres.connection-string"] = [connection],
                ["actorstream.pipelines"] = [pipeline], ["actorstream.data"] = [Path.Combine(folder, "data")],
            });
            await using var storage = await NodeHost.OpenStorageAsync(settings, CancellationToken.None);
            if (storage.Topics.StateOf(Topic, 0).Head > 0)
                return [new Row(What, "not run", "the database holds an earlier run: give POSTGRES_CONNECTION an empty one")];
            return [await MeasureAsync(storage, await FillAsync(storage.Topics, events), events, pipeline, connection)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Row> MeasureAsync(INodeStorage storage, long results, long events, string pipeline, string connection)
    {
        var partitions = storage.Topics.PartitionsOf(Topic);
        // The cluster forms with the pipeline stopped: what is measured begins when all three are there.
        await storage.Compacted.PutAsync(TopicNames.Pipelines, Id, "{\"running\":false}"u8.ToArray());
        await using var cluster = await ProcessCluster.StartAsync(
            3, "127.0.0.1:9", "on", [SettingsTable.StorageBackend.Flag, "postgres", SettingsTable.Pipelines.Flag, pipeline],
            new Dictionary<string, string> { [SettingsTable.PostgresConnectionString.EnvironmentName] = connection });
        using var client = new HttpClient { BaseAddress = new Uri(cluster.Http) };
        using (var started = await client.PostAsync($"/pipelines/{Id}/start", null))
            started.EnsureSuccessStatusCode();
        // A reader claims its row, then reads.
        while (storage.Commits.RowsOf(Group).Count == 0)
            await Task.Delay(5);
        var (readAt, machine, cpu) = (Stopwatch.GetTimestamp(), MachineCpu(), cluster.CpuTime);
        while (Committed(storage) < events + partitions)
            await Task.Delay(5);
        var committed = Stopwatch.GetElapsedTime(readAt);
        while (storage.Commits.RowsOf(Sink).Sum(r => r.Row.Position) < results)
            await Task.Delay(5);
        var (took, used, all) = (Stopwatch.GetElapsedTime(readAt), cluster.CpuTime - cpu, MachineCpu() - machine);
        return new Row(
            What, $"**{events / took.TotalSeconds:N0} events/s** (goal 1,000,000)",
            $"{ProcessCluster.Program}; {events:N0} JSON lines of 51 bytes in an embedded topic of {partitions} partitions, a checkpoint of each of 64 key groups a second, fsync and synchronous_commit as the server has them, from the first reader's claim to the last of {results:N0} results in the file; {took.TotalSeconds:0.0} s ({committed.TotalSeconds:0.0} s to the last commit), {used.TotalMicroseconds / events:0.00} µs of CPU an event in the three processes, {all.TotalMicroseconds / events:0.00} µs on the whole machine, the server and this process among it");
    }

    private static long Committed(INodeStorage storage) => storage.Commits.RowsOf(Group).Sum(r => r.Row.Counters.Records);

    /// <summary>The lines of the other rows, each key in one partition and each partition in order of event time; behind them one event a partition that closes what is open.</summary>
    /// <returns>How many windows have an end that the closing events reach.</returns>
    private static async Task<long> FillAsync(ITopicStore topics, long events)
    {
        var random = new Random(7);
        var keys = Enumerable.Range(0, Entities).Select(e => $"e{e:0000}").ToArray();
        var partitions = topics.PartitionsOf(Topic);
        var homes = keys.Select(k => StableHash.Bucket(k, partitions)).ToArray();
        var writers = Enumerable.Range(0, partitions).Select(_ => new RecordBatchWriter(64 * BatchRecords)).ToArray();
        var appends = Enumerable.Repeat(Task.CompletedTask, partitions).ToArray();
        var windows = new HashSet<(int Entity, long Window)>();
        for (long i = 0; i < events; i++)
        {
            var entity = random.Next(Entities);
            windows.Add((entity, i / WindowThroughput.EventsPerMs / SizeMs));
            await AddAsync(homes[entity], keys[entity], WindowThroughput.LineOf(keys[entity], i, random));
        }
        for (var p = 0; p < partitions; p++)
        {
            await AddAsync(p, "closing", WindowThroughput.LineOf("closing", events + (2L * SizeMs * WindowThroughput.EventsPerMs), random));
            await FlushAsync(p);
            await appends[p];
        }
        return windows.Count;

        async ValueTask AddAsync(int partition, string key, string line)
        {
            writers[partition].Add(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(line));
            if (writers[partition].Count == BatchRecords)
                await FlushAsync(partition);
        }

        // One append of a partition at a time: they must not overtake each other.
        async ValueTask FlushAsync(int partition)
        {
            await appends[partition];
            appends[partition] = topics.AppendAsync(Topic, [new NewBatch(partition, writers[partition].Count, writers[partition].Written.ToArray())]);
            writers[partition].Clear();
        }
    }

    /// <summary>Of all processes since the machine started; zero where <c>/proc/stat</c> is not.</summary>
    private static TimeSpan MachineCpu()
    {
        const int ticksPerSecond = 100;
        if (!File.Exists("/proc/stat"))
            return TimeSpan.Zero;
        // user nice system idle iowait irq softirq steal
        var columns = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(long.Parse).ToArray();
        return TimeSpan.FromSeconds((columns[0] + columns[1] + columns[2] + columns[5] + columns[6]) / (double)ticksPerSecond);
    }
}
