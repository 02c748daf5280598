using System.Text;
using System.Text.Json;
using ActorStream.Actors.Tests.Support;
using ActorStream.Actors.Windows;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Topics;
using Akka.Actor;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Actors.Tests.Windows;

/// <summary>A window group on the product's journal, fed by hand.</summary>
public abstract class WindowActorWorld : IDisposable
{
    private const string Clustered = "akka.actor.provider = cluster\nakka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }";
    protected const string Id = "sensors/7";
    protected const string Journaled = "SELECT count(*) FROM journal";

    /// <summary>Any topic will do for results.</summary>
    protected static readonly WindowPlan Plan = new("sensors", [WindowSpec.Tumbling(10_000, 2_000), WindowSpec.Session(3_000)], TopicNames.Alarms)
    {
        Aggregates = AggregateKind.Last | AggregateKind.Quantiles,
        Quantiles = [0.5],
    };

    private protected readonly JournalWorld _world;

    /// <summary>Its timestamps are those of a machine that has run for centuries.</summary>
    protected readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private protected TopicsProxy _topics = null!;
    private protected LettersProxy _letters = null!;

    protected WindowActorWorld(ITestOutputHelper output) =>
        _world = new JournalWorld(output, Clustered, t => _topics = new TopicsProxy(t), l => _letters = new LettersProxy(l));

    public void Dispose() => _world.Dispose();

    protected static PipelineSpec Pipeline(WindowPlan plan, long version = 0) =>
        new("sensors", "sensors", SourceSpec.OfTopic("events"), new EventFields(), plan, new WatermarkSpec(), []) { Version = version };

    protected IActorRef New(WindowPlan? plan = null) => New(Pipeline(plan ?? Plan), () => Pipeline(plan ?? Plan));

    protected IActorRef New(PipelineSpec pipeline, Func<PipelineSpec?> newest) => _world.Incarnation(WindowActor.Props(Id, pipeline, newest, _world.Services with { Time = _time }));

    protected static (string Key, long Time, long Watermark) At(string key, long time, long watermark = PartitionId.NoTime) => (key, time, watermark);

    /// <summary>Records and a tick, then, unless told otherwise, the question for a checkpoint.</summary>
    protected void Send(IActorRef actor, long first, (string, long, long)[] events, long? watermark, bool isAsked = true)
    {
        Tell(actor, events.Length == 0 ? [] : [Batch(first, events)], watermark);
        if (isAsked)
            Tell(actor, [], null);
    }

    protected void Tell(IActorRef actor, EventBatch[] batches, long? watermark) =>
        actor.Tell(new Apply(Id, _world.Partition, 1, PartitionId.None, batches, watermark is { } time ? new Tick(time, PartitionId.NoTime) : null), _world.Reader.Ref);

    protected void SafeAt(long offset) => _world.Reader.FishForMessage<Answer>(a => a.Safe >= offset, TimeSpan.FromSeconds(20));

    protected static EventBatch Batch(long first, (string Key, long Time, long Watermark)[] events, long idleRaisedTo = PartitionId.NoTime, long version = 0)
    {
        string[] keys = [.. events.Select(static e => e.Key).Distinct()];
        var columns = new EventColumns
        {
            Offsets = [.. events.Select((_, i) => first + i)],
            Times = [.. events.Select(static e => e.Time)],
            WatermarksBefore = [.. events.Select(static e => e.Watermark)],
            Values = [.. events.Select(static _ => 1.0)],
            KeyIndexes = [.. events.Select(e => Array.IndexOf(keys, e.Key))],
            Keys = keys,
            KeyBytesMax = keys.Max(Encoding.UTF8.GetByteCount),
            IdleRaisedTo = idleRaisedTo,
            SpecVersion = version,
        };
        return new EventBatch(columns, 0, events.Length);
    }

    protected WindowReport Describe(IActorRef actor)
    {
        actor.Tell(new DescribeEntity(Id), _world.Reader.Ref);
        return JsonSerializer.Deserialize(_world.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20)).Json, WindowReportJson.Default.WindowReport)!;
    }

    /// <summary>When all is journaled and taken.</summary>
    protected WindowReport Clean(IActorRef actor)
    {
        _world.Reader.AwaitAssert(() =>
        {
            Tell(actor, [], null);
            Assert.True(Describe(actor).IsClean);
        });
        return Describe(actor);
    }

    protected static string Lasting(WindowReport report) => JsonSerializer.Serialize(report, WindowReportJson.Default.WindowReport);

    /// <summary>In the order of each partition of the topic; the records' keys are those of the windows.</summary>
    protected List<ResultRecord> Results()
    {
        var results = new List<ResultRecord>();
        for (var partition = 0; partition < _world.Storage.Topics.PartitionsOf(TopicNames.Alarms); partition++)
        {
            foreach (var batch in _world.Storage.Topics.Read(TopicNames.Alarms, partition, 0, 1000, 1 << 20))
            {
                var reader = new RecordBatchReader(batch.Blob.Span);
                while (reader.Next())
                {
                    var result = ResultReader.Read(reader.Value);
                    Assert.Equal(result.Key, Encoding.UTF8.GetString(reader.Key));
                    results.Add(result);
                }
            }
        }
        return results;
    }
}
