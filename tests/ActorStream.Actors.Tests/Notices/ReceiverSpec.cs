using System.Text;
using System.Text.Json;
using ActorStream.Actors.Notices;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using Akka.Actor;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Actors.Tests.Notices;

/// <summary>Notice groups against a receiver on a real socket: the hands of its specs.</summary>
public abstract class ReceiverSpec(ITestOutputHelper output) : IAsyncLifetime
{
    protected const string KeyText = "a key of this test, long enough";

    private static readonly PartitionId Source = new(TopicNames.NoticesGroup, TopicNames.Alarms, 1, 0);

    private long _next;

    private protected JournalWorld World { get; } = new(output);

    private protected WebhookStandIn StandIn { get; private set; } = null!;

    protected NoticeServices Notices { get; set; } = null!;

    public async Task InitializeAsync()
    {
        StandIn = await WebhookStandIn.StartAsync();
        Notices = NewServices();
    }

    public async Task DisposeAsync()
    {
        await Notices.Attempts.DisposeAsync();
        World.Dispose();
        Notices.Sender.Dispose();
        await StandIn.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static Func<HttpContext, int, Task> Json(int status, string body, int? then = null) => async (c, number) =>
    {
        c.Response.StatusCode = number > 1 ? then ?? status : status;
        if (body.Length > 0 && c.Response.StatusCode == status)
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    };

    protected NoticeServices NewServices(NoticeOptions? options = null, TimeSpan? patience = null) => new(
        new NoticeSender(new WebhookPolicy([$"127.0.0.1:{StandIn.Port}"]), SigningKey.Parse(KeyText), TimeProvider.System, patience),
        new AttemptLog(World.Storage.Deliveries, World.Telemetry), options ?? new NoticeOptions());

    protected AlarmRecord Alarm(int number, int hook = 1)
    {
        var cause = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
        var rule = new Guid(1, 0, 0, new byte[8]);
        return new AlarmRecord(
            AlarmId.Of(rule, cause, number), rule, 3, $"metric-{number:00}", SeriesKey.Empty, new AppliedOffset(cause, number), 508, ComparisonOperator.Greater, "500",
            1_700_000_000_000 + number, 1_700_000_000_500, StandIn.Hook(hook));
    }

    protected IActorRef NewGroup(string group = "group-0") => World.Incarnation(NoticeActor.Props(group, Notices, World.Services));

    protected void Tell(IActorRef actor, params AlarmRecord[] alarms) => Tell(actor, "group-0", alarms);

    protected void Tell(IActorRef actor, string group, params AlarmRecord[] alarms)
    {
        var offsets = alarms.Select(_ => _next++).ToArray();
        actor.Tell(new Apply(group, Source, 1, PartitionId.None, [new AlarmBatch(offsets, alarms)], null), World.Reader.Ref);
    }

    /// <summary>The reader's tick: a checkpoint if dirty.</summary>
    protected void Ask(IActorRef actor) => actor.Tell(new Apply("group-0", Source, 1, PartitionId.None, [], Tick.Nothing), World.Reader.Ref);

    protected ChannelDescription Channel(IActorRef actor, string group = "group-0")
    {
        actor.Tell(new DescribeEntity(group), World.Reader.Ref);
        return JsonSerializer.Deserialize<NoticeDescription>(World.Reader.FishForMessage<Report>(_ => true, TimeSpan.FromSeconds(20)).Json)!.Channels[0];
    }

    /// <summary>(delivered, ambiguous) once nothing is queued any more.</summary>
    protected (long Delivered, long Ambiguous) Delivered(IActorRef actor, string group = "group-0")
    {
        World.Reader.AwaitAssert(() => Assert.Equal(0, Channel(actor, group).Queued), TimeSpan.FromSeconds(20));
        var channel = Channel(actor, group);
        return (channel.Delivered, channel.Ambiguous);
    }
}
