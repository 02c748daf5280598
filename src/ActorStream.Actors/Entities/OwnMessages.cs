using ActorStream.Domain.Protocol;
using Akka.Actor;

namespace ActorStream.Actors.Entities;

// What a LogFedActor tells itself.

internal sealed record AppendEnded(string Topic, long? Taken, int Count, Exception? Error) : INoSerializationVerificationNeeded;

internal sealed record WriteNow(Checkpoint Checkpoint, EntitySnapshot? Snapshot) : INoSerializationVerificationNeeded;

internal sealed record WriteNever(Exception Error) : INoSerializationVerificationNeeded;

internal sealed class SecondPassed : INoSerializationVerificationNeeded
{
    public static readonly SecondPassed Instance = new();
}

internal sealed class WaitedToStop : INoSerializationVerificationNeeded
{
    public static readonly WaitedToStop Instance = new();
}

internal sealed class Judging : INoSerializationVerificationNeeded
{
    public static readonly Judging Instance = new();
}
