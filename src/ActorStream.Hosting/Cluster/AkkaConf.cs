using Akka.Configuration;

namespace ActorStream.Hosting.Cluster;

/// <summary>The embedded <c>akka.conf</c>: Akka's settings as every node of a cluster has them.</summary>
internal static class AkkaConf
{
    private const string Resource = "ActorStream.Hosting.Cluster.akka.conf";

    public static Config Load()
    {
        using var stream = typeof(AkkaConf).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"The embedded resource {Resource} is missing.");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
