using System.Collections.Concurrent;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;
using ActorStream.Wire.Topics;

namespace ActorStream.Edge.Tests.Support;

/// <summary>A node in memory: remembers what it was asked and fails as it is told.</summary>
internal sealed class FakeNode : INodeFacade
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, long> _keys = [];
    private readonly TaskCompletionSource _appendBegan = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _appendCalls;
    private long _position;

    /// <summary>True: says yes to rules and samples and forgets them.</summary>
    public bool KeepsNothing { get; set; }

    public IngestRefusal? IngestFull { get; set; }

    public List<DeliveryRow> Attempts { get; } = [];

    public string? NotReady { get; set; }

    /// <summary>Thrown by everything that stores.</summary>
    public Exception? StorageFails { get; set; }

    public ConcurrentQueue<NewBatch> Appended { get; } = [];

    public int AppendCalls => Volatile.Read(ref _appendCalls);

    /// <summary>What an append waits for, and fails with.</summary>
    public Task Durable { get; set; } = Task.CompletedTask;

    /// <summary>Completes with the first append.</summary>
    public Task AppendBegan => _appendBegan.Task;

    public ConcurrentQueue<string> Operations { get; } = [];

    public List<AlarmRecord> Raised { get; } = [];

    public RuleBook Rules { get; private set; } = RuleBook.Empty;

    public int MetricPartitions => 4;

    public ClusterView View { get; set; } = new("actorstream", "akka://a@127.0.0.1:1", "akka://a@127.0.0.1:1",
        [
            new MemberView("akka://a@127.0.0.1:1", ["edge", "worker"], "Up", true, "0.1.0", true, "http://127.0.0.1:8080", "127.0.0.1:9110", 17, new Dictionary<string, int> { ["readers"] = 2, ["alarms"] = 0, ["notices"] = 1 }),
            new MemberView("akka://a@127.0.0.1:2", ["worker"], "Up", false, "0.1.0", false, null, null, null, null),
        ],
        ["akka://a@127.0.0.1:2"]);

    /// <summary>Name and stored JSON of every sample appended.</summary>
    public IReadOnlyList<(string Name, string Value)> Samples()
    {
        var samples = new List<(string, string)>();
        foreach (var batch in Appended)
        {
            var reader = new RecordBatchReader(batch.Blob.Span);
            while (reader.Next())
                samples.Add((System.Text.Encoding.UTF8.GetString(reader.Key), System.Text.Encoding.UTF8.GetString(reader.Value)));
        }
        return samples;
    }

    public ValueTask<string?> WhyNotReadyAsync(CancellationToken cancel) => ValueTask.FromResult(NotReady);

    public Task<VersionedRule?> PutRuleAsync(Rule rule, long? ifAt, CancellationToken cancel)
    {
        Fail();
        if (KeepsNothing)
            return Task.FromResult<VersionedRule?>(new VersionedRule(rule, Interlocked.Increment(ref _position), 0));
        return Task.FromResult(ifAt is { } position && Rules.Find(rule.Id)?.Position != position ? null : Change(rule.Id, rule));
    }

    public Task<RuleRemoval> DeleteRuleAsync(Guid id, long? ifAt, CancellationToken cancel)
    {
        Fail();
        var known = Rules.Find(id);
        if (known is null || (ifAt is { } position && known.Position != position))
            return Task.FromResult(ifAt is null ? RuleRemoval.Unknown : RuleRemoval.Changed);
        Change(id, null);
        return Task.FromResult(RuleRemoval.Removed);
    }

    public Task<AlarmId> TestRuleAsync(VersionedRule rule, CancellationToken cancel)
    {
        Fail();
        Operations.Enqueue($"test {rule.Rule.Id}");
        return Task.FromResult(new AlarmId($"{rule.Rule.Id:N}-test-1"));
    }

    public IngestRefusal? WhyNotIngest() => IngestFull;

    public AlarmRecord? Alarm(AlarmId id) => Raised.FirstOrDefault(a => a.Id == id);

    public IReadOnlyList<DeliveryRow> Deliveries(AlarmId id) => [.. Attempts.Where(a => a.Alarm == id)];

    public async Task<bool> AppendMetricsAsync(IReadOnlyList<NewBatch> batches, string? key, CancellationToken cancel)
    {
        Interlocked.Increment(ref _appendCalls);
        _appendBegan.TrySetResult();
        await Durable;
        Fail();
        if (key is not null && IdempotencySenders.MarkOf(batches) is var mark && !_keys.TryAdd(key, mark))
            return _keys[key] == mark ? false : throw new SenderReusedException("other batches");
        if (KeepsNothing)
            return true;
        // The caller's memory is its own again after the call.
        foreach (var batch in batches)
            Appended.Enqueue(batch with { Blob = batch.Blob.ToArray() });
        return true;
    }

    /// <summary>As the history: newest first, numbers falling; the first of <see cref="Raised"/> is the newest.</summary>
    public IReadOnlyList<StoredAlarm> Alarms(AlarmQuery query)
    {
        Asked.Enqueue(query);
        return [.. Raised.Select((a, i) => new StoredAlarm(Raised.Count - i, a)).Where(s => s.Number < (query.Before ?? long.MaxValue) && (query.Metric is null || s.Alarm.Metric == query.Metric)).Take(query.Limit)];
    }

    public ConcurrentQueue<AlarmQuery> Asked { get; } = [];

    public DeadLetterPage DeadLetters(int limit)
        => new(new Dictionary<string, long> { ["unreadable"] = 3 }, [.. Enumerable.Range(0, 3).Select(i => new DeadLetterEntry($"alarms/metrics.1/0@{i}", "unreadable", "metrics", 1_000 * i, "no JSON", "\u001b[31m{")).Take(limit)]);

    public Task<ClusterView> ClusterAsync(CancellationToken cancel) => Task.FromResult(View);

    public Task<IReadOnlyList<SourceView>> SourcesAsync(CancellationToken cancel)
        => Task.FromResult<IReadOnlyList<SourceView>>([new SourceView("alarms", "metrics", 0, "akka://a@127.0.0.1:1", 41, 42, 1, 20), new SourceView("alarms", "metrics", 1, null, null, 7, null, null)]);

    public Task<MetricAlarmView?> AlarmEntityAsync(string metric, CancellationToken cancel)
        => Task.FromResult(metric == "silent" ? null : new MetricAlarmView(metric, "akka://a@127.0.0.1:1", [new RuleStateView(Guid.Empty, ">", "500", null, null, 3)], new Dictionary<string, long> { ["alarms/metrics.1/0"] = 17 }, 1, 9, 1));

    /// <summary>Null: the entity does not answer.</summary>
    public RuleExplanation? Explanation { get; set; }

    public ConcurrentQueue<SeriesKey?> ExplainedSeries { get; } = [];

    public Task<RuleExplanation?> ExplainRuleAsync(Rule rule, SeriesKey? series, CancellationToken cancel)
    {
        ExplainedSeries.Enqueue(series);
        return Task.FromResult(Explanation);
    }

    public Task<IReadOnlyList<ShardRegionView>> ShardRegionsAsync(string typeName, CancellationToken cancel)
        => Task.FromResult<IReadOnlyList<ShardRegionView>>(typeName switch
        {
            "readers" => [new ShardRegionView(typeName, "akka://a@127.0.0.1:1", [new ShardView("3", 2, ["alarms/metrics/0", "alarms/metrics/1"])])],
            "windows" => [new ShardRegionView(typeName, "akka://a@127.0.0.1:1", [new ShardView("0", 1, ["orders/0"]), new ShardView("1", 1, ["orders/1"])])],
            _ => [new ShardRegionView(typeName, "akka://a@127.0.0.1:1", [new ShardView("5", 1, ["m"])]), new ShardRegionView(typeName, "akka://a@127.0.0.1:2", null)],
        });

    public Task<IReadOnlyList<NoticeGroupView>> NoticesAsync(CancellationToken cancel)
        => Task.FromResult<IReadOnlyList<NoticeGroupView>>(
        [
            new NoticeGroupView("group-0", new NoticeDescription(0, [])),
            new NoticeGroupView("group-1", new NoticeDescription(7,
            [
                new ChannelDescription("00000001", "https://discord.com/api/webhooks/1/***", 4, 0, 120, 3, false, 1_700_000_000_250, null),
                new ChannelDescription("00000002", "https://discord.com/api/webhooks/2/***", 2, 0, 0, 0, true, null, null),
                new ChannelDescription("00000003", "https://discord.com/api/webhooks/3/***", 1, 1, 5, 0, false, 0, null),
                new ChannelDescription("00000004", "https://discord.com/api/webhooks/4/***", 0, 0, 9, 0, false, null, "answered 404"),
                new ChannelDescription("00000005", "https://discord.com/api/webhooks/5/***", 0, 0, 6, 0, false, null, null),
            ])),
            new NoticeGroupView("group-2", null),
        ]);

    public FakePipelines Streams { get; } = new();

    public IPipelineFacade Pipelines => Streams;

    public Task<IReadOnlyList<WindowGroupView>> WindowGroupsAsync(string pipelineId, CancellationToken cancel) => Task.FromResult<IReadOnlyList<WindowGroupView>>([]);

    public Task<bool> LeaveAsync(string? address, CancellationToken cancel) => Operate("leave", address);

    public Task<bool> DownAsync(string address, CancellationToken cancel) => Operate("down", address);

    private Task<bool> Operate(string what, string? address)
    {
        if (address is not null && View.Members.All(m => m.Address != address))
            return Task.FromResult(false);
        Operations.Enqueue($"{what} {address}");
        return Task.FromResult(true);
    }

    private VersionedRule? Change(Guid id, Rule? rule)
    {
        lock (_lock)
            Rules = Rules.With([new RuleChange(id, rule, ++_position, 0)]);
        return Rules.Find(id);
    }

    private void Fail()
    {
        if (StorageFails is { } failure)
            throw failure;
    }
}
