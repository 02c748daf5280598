using System.Security.Claims;

namespace ActorStream.Edge.Security;

/// <summary>What a token may permit; its claim <c>scope</c> holds them separated by spaces (RFC 8693).</summary>
public static class Scopes
{
    public const string Claim = "scope";

    public const string RulesWrite = "rules:write";
    public const string MetricsWrite = "metrics:write";
    public const string PacketsWrite = "packets:write";

    /// <summary>What operates the cluster: members leave, are declared dead.</summary>
    public const string Control = "control";

    public const string Read = "read";

    public static readonly IReadOnlyList<string> All = [RulesWrite, MetricsWrite, PacketsWrite, Control, Read];

    /// <summary>Some providers send the claim as a list: then each item is read the same way.</summary>
    public static bool Has(ClaimsPrincipal caller, string scope)
        => caller.FindAll(Claim).Any(c => c.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(scope, StringComparer.Ordinal));
}
