using Akka.Actor;

namespace ActorStream.Actors.Windows;

/// <summary>Stands for a key group of a pipeline that this node does not know yet, or no longer: takes nothing, answers nothing and ends. Who feeds it sends again.</summary>
/// <remarks>A node's view is at most a second behind; an entity of the pipeline takes its place at the first message after that.</remarks>
public sealed class UnknownWindowsActor : ReceiveActor
{
    public UnknownWindowsActor() => ReceiveAny(_ => Context.Stop(Self));

    public static Props Props() => Akka.Actor.Props.Create(() => new UnknownWindowsActor());
}
