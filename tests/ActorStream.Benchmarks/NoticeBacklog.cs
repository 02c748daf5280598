using System.Diagnostics;
using System.Globalization;
using System.Text;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Benchmarks;

/// <summary>One webhook with a backlog: how fast its receiver gets it when the receiver sets no limit.</summary>
internal static class NoticeBacklog
{
    private const int Alarms = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<IReadOnlyList<Row>> RunAsync()
    {
        await using var sink = await WebhookSink.StartAsync();
        await using var node = await BenchNode.StartAsync("edge,ingest,worker", sink.Host, storage => FillAsync(storage.Topics, sink.Url(1)));
        var waited = Stopwatch.StartNew();
        while (sink.ArrivedAt.Count < Alarms && waited.Elapsed < Patience)
            await Task.Delay(20);
        if (sink.ArrivedAt.Count < Alarms)
            throw new InvalidOperationException($"{Alarms - sink.ArrivedAt.Count} of {Alarms} alarms did not arrive within {Patience.TotalSeconds:0} s.");
        var took = Stopwatch.GetElapsedTime(sink.ArrivedAt.Values.Min(), sink.ArrivedAt.Values.Max());
        return [new Row(
            $"one webhook with a backlog of {Alarms:N0} alarms", $"{Alarms / took.TotalSeconds:N0} alarms/s",
            $"from the first to the last arrival, {took.TotalSeconds:0.0} s; ten alarms a message, one message in flight, each attempt journaled before it is made (state.db FULL); the receiver, in the node's process, answers at once and sets no limit")];
    }

    /// <summary>Straight into the topic, as if their metrics had raised them.</summary>
    private static async Task FillAsync(ITopicStore topics, string webhookUrl)
    {
        var partitions = topics.PartitionsOf(TopicNames.Alarms);
        var writers = Enumerable.Range(0, partitions).Select(_ => new RecordBatchWriter(1 << 20)).ToArray();
        var (rule, cause) = (Guid.NewGuid(), new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0));
        for (var i = 0; i < Alarms; i++)
        {
            var metric = Workload.Metric(i % 100);
            var alarm = new AlarmRecord(
                AlarmId.Of(rule, cause, i), rule, 1, metric, SeriesKey.Empty, new AppliedOffset(cause, i), 1_000_000 + i, ComparisonOperator.Greater,
                500.ToString(CultureInfo.InvariantCulture), 1_764_000_000_000 + i, 1_764_000_000_000 + i, webhookUrl);
            var key = Encoding.UTF8.GetBytes(metric);
            writers[StableHash.Bucket(key, partitions)].Add(key, AlarmCodec.Encode(alarm));
        }
        await topics.AppendAsync(TopicNames.Alarms, [.. Enumerable.Range(0, partitions).Where(p => writers[p].Count > 0).Select(p => new NewBatch(p, writers[p].Count, writers[p].Written.ToArray()))]);
    }
}
