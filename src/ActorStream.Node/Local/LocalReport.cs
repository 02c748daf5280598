namespace ActorStream.Node.Local;

/// <summary>What <c>local</c> and <c>demo</c> print once the nodes are ready.</summary>
internal static class LocalReport
{
    public static async Task NodesAsync(LocalCluster cluster, TextWriter output)
    {
        foreach (var node in cluster.Nodes)
        {
            await output.WriteLineAsync($"node {node.Plan.Number}  edge {node.Plan.HttpUrl.Authority}  management {node.Plan.ManagementUrl.Authority}  process {node.ProcessId}  log {node.Plan.LogPath}");
            await output.WriteLineAsync($"  again: {node.CommandText}");
        }
    }

    public static async Task TryThisAsync(LocalCluster cluster, TextWriter output)
    {
        var (edge, management) = (cluster.Nodes[0].Plan.HttpUrl.GetLeftPart(UriPartial.Authority), cluster.Nodes[0].Plan.ManagementUrl.Authority);
        const string json = "-H 'content-type: application/json'";
        string[] lines =
        [
            "try",
            $"  curl -s {edge}/rules {json} -d '{{\"metric_name\":\"packages\",\"threshold\":500,\"discord_webhook_url\":\"https://discord.com/api/webhooks/ID/TOKEN\"}}'",
            $"  curl -s {edge}/metrics {json} -d '{{\"name\":\"packages\",\"value\":501}}'",
            $"  curl -s {edge}/alarms",
            $"  pbm {management} cluster show",
            $"  kill -9 {cluster.Nodes[^1].ProcessId}",
            "Ctrl-C ends all nodes.",
        ];
        foreach (var line in lines)
            await output.WriteLineAsync(line);
    }
}
