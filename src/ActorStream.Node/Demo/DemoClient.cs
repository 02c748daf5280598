using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ActorStream.Node.Cli;
using ActorStream.Node.Local;

namespace ActorStream.Node.Demo;

/// <summary>What the demo asks of its nodes over HTTP. A question goes to each node in turn until one answers: any of them may have been killed.</summary>
internal sealed class DemoClient(HttpClient http, LocalCluster cluster)
{
    public async Task<DemoRule> MakeRuleAsync(string metric, double threshold, bool atLeast, string webhookUrl, CancellationToken cancel)
    {
        var rule = new JsonObject { ["metric_name"] = metric, ["threshold"] = threshold, ["operator"] = atLeast ? ">=" : ">", ["discord_webhook_url"] = webhookUrl };
        using var response = await http.PostAsJsonAsync(new Uri(cluster.Nodes[0].Plan.HttpUrl, "/rules"), rule, cancel);
        var text = await response.Content.ReadAsStringAsync(cancel);
        if (response.IsSuccessStatusCode && JsonNode.Parse(text)?["id"]?.GetValue<string>() is { } id)
            return new DemoRule(Guid.Parse(id), metric, threshold, atLeast);
        throw new CommandFailedException($"The rule on {metric} was answered with {(int)response.StatusCode}: {text[..Math.Min(text.Length, 300)]}");
    }

    /// <summary>So that a later demo on the same folder does not post to a stand-in that is gone.</summary>
    public async Task DeleteRulesAsync(IReadOnlyList<DemoRule> rules, CancellationToken cancel)
    {
        foreach (var rule in rules)
            await FirstAnswerAsync(n => http.DeleteAsync(new Uri(n.Plan.HttpUrl, $"/rules/{rule.Id}"), cancel));
    }

    /// <summary>Every reader of every group stands at its head. False also when nobody knows.</summary>
    public async Task<bool> IsDrainedAsync(CancellationToken cancel)
    {
        if (await FirstAnswerAsync(n => http.GetAsync(new Uri(n.Plan.ManagementUrl, "/pbm/sources"), cancel)) is not { } text || JsonNode.Parse(text) is not JsonArray { Count: > 0 } sources)
            return false;
        return sources.All(s => s?["lag"]?.GetValue<long>() == 0);
    }

    /// <summary>Posts repeated although the one before had no known outcome, over all nodes that still answer. Null: no node says.</summary>
    public async Task<long?> AmbiguousAttemptsAsync(CancellationToken cancel)
    {
        var counts = new List<long>();
        foreach (var node in cluster.Nodes.Where(n => !n.HasEnded))
            if (await AnswerAsync(() => http.GetAsync(new Uri(node.Plan.ManagementUrl, "/metrics"), cancel)) is { } text)
                counts.AddRange(text.Split('\n').Where(l => !l.StartsWith('#') && l.Contains("ambiguous", StringComparison.Ordinal)).Select(ValueOf));
        return counts.Count == 0 ? null : counts.Sum();
    }

    /// <summary>The number of a Prometheus line; a time stamp may follow it.</summary>
    private static long ValueOf(string line)
    {
        var parts = line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var text = line.Contains('}') ? parts.ElementAtOrDefault(0) : parts.ElementAtOrDefault(1);
        return double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? (long)value : 0;
    }

    private async Task<string?> FirstAnswerAsync(Func<NodeProcess, Task<HttpResponseMessage>> ask)
    {
        foreach (var node in cluster.Nodes.Where(n => !n.HasEnded))
            if (await AnswerAsync(() => ask(node)) is { } text)
                return text;
        return null;
    }

    private static async Task<string?> AnswerAsync(Func<Task<HttpResponseMessage>> ask)
    {
        try
        {
            using var response = await ask();
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException)
        {
            return null;
        }
    }
}
