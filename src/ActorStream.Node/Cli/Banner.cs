using System.Reflection;
using ActorStream.Hosting.Options;

namespace ActorStream.Node.Cli;

/// <summary>What a node says of itself before it starts: who and where it is, what its data survives, what its death costs.</summary>
public static class Banner
{
    /// <summary>E.g. <c>0.1.0</c>; the part behind + names a commit and is left out.</summary>
    public static string Version { get; } =
        (typeof(Banner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    public static string Of(NodeSettings s)
    {
        string[] lines =
        [
            $"actorstream {Version}",
            $"cluster     {s.ClusterName}, this node: {string.Join(' ', s.Roles)}",
            $"data        {(s.Storage.Backend == StorageBackend.Postgres ? "a PostgreSQL database" : s.DataFolder)} ({s.Storage.Backend.ToString().ToLowerInvariant()})",
            $"state       {Survives(s.Storage)}",
            $"a kill      {KillCost(s)}",
            $"remoting    {s.Remoting.PublicHost}:{s.Remoting.Port}, {(s.Seeds.Count == 0 ? "its own seed" : "seeds " + string.Join(' ', s.Seeds))}",
            $"http        {(s.HasRole(NodeRoles.Edge) ? string.Join(' ', s.Http.Urls) : "none (no role edge)")}",
            $"management  http://{s.Management.Host}:{s.Management.Port}",
            $"tokens      {Tokens(s.Auth)}",
            .. s.OpenNetwork ? [$"warning     open-network is on and {(s.Auth.IsOn ? "remoting asks" : "nobody asks")} for no token: whoever reaches {(s.Auth.IsOn ? "that port" : "these ports")} commands the cluster"] : Array.Empty<string>(),
        ];
        return string.Join(Environment.NewLine, lines);
    }

    private static string Tokens(AuthSettings auth) => auth.Mode switch
    {
        AuthMode.Hs256 => "asked for, signed with the shared key (hs256)",
        AuthMode.Authority => $"asked for, signed by {auth.Authority}",
        _ => "none asked for",
    };

    private static string Survives(StorageSettings storage) => storage.Backend == StorageBackend.Postgres
        ? "survives what the PostgreSQL server survives (synchronous_commit = on)"
        : storage.StateSurvivesPowerLoss ? "survives kill -9 and power loss"
        : "survives kill -9, not a power loss (state-survives-power-loss = off); acknowledged samples survive both";

    private static string KillCost(NodeSettings s) => s.Seeds.Count > 1
        ? "stops what this node held for about 20 s, until the others have declared it dead; then they go on where it was"
        : "stops everything until this node is started again; then it goes on where it was";
}
