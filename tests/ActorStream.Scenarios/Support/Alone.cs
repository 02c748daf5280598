namespace ActorStream.Scenarios.Support;

/// <summary>Scenarios that put several processes under load, or measure: two at once would measure each other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
