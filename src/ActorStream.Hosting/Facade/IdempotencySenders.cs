namespace ActorStream.Hosting.Facade;

/// <summary>Names under which requests with an idempotency key append (protocol.md rule 28). No entity is called so.</summary>
public static class IdempotencySenders
{
    public const string Prefix = "http-idem/";

    public static string NameOf(string key) => Prefix + key;
}
