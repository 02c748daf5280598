namespace ActorStream.Edge.Tests.Support;

/// <summary>Tests that measure the memory of the process: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
