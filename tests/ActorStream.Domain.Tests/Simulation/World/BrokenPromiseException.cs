namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A world ended in a state that the protocol excludes, or did not come to rest.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);
