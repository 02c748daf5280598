using ActorStream.Domain.Nodes;
using Akka.Actor;

namespace ActorStream.Streams.Readers;

/// <summary>Cluster singleton: pings every reader that is to run each five seconds, so that one that died with its node starts elsewhere.</summary>
public sealed class ReaderKeeperActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(5);

    public ReaderKeeperActor(ReaderCatalog catalog, IActorRef readers)
    {
        Receive<Ping>(_ =>
        {
            foreach (var id in catalog.WantedIds)
                readers.Tell(new EnsureReader(id));
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReaderCatalog catalog, IActorRef readers) => Akka.Actor.Props.Create(() => new ReaderKeeperActor(catalog, readers));

    protected override void PreStart()
    {
        Self.Tell(Ping.Instance);
        Timers.StartPeriodicTimer("ping", Ping.Instance, PingEvery);
    }

    private sealed class Ping : INoSerializationVerificationNeeded
    {
        public static readonly Ping Instance = new();
    }
}
