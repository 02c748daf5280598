using System.Reflection;

namespace ActorStream.Hosting.Cluster;

/// <summary>The release, as members show it. Shards prefer the newest, and do not move while versions are mixed.</summary>
public static class NodeVersion
{
    public static string Text { get; } = typeof(NodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
