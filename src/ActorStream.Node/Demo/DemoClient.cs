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

    /// <summary>Posts repeated although the one before had no known outcome, over all webhooks. Null: a notice group did not answer, or no node did.</summary>
    public async Task<long?> AmbiguousAttemptsAsync(CancellationToken cancel) =>
        await FirstAnswerAsync(n => http.GetAsync(new Uri(n.Plan.ManagementUrl, "/pbm/notices"), cancel)) is { } text ? AmbiguousIn(text) : null;

    /// <param name="notices">The answer of <c>/pbm/notices</c>.</param>
    internal static long? AmbiguousIn(string notices)
    {
        if (JsonNode.Parse(notices) is not JsonArray { Count: > 0 } groups)
            return null;
        var sum = 0L;
        foreach (var group in groups)
        {
            if (group?["notices"]?["channels"] is not JsonArray channels)
                return null;
            sum += channels.Sum(c => c!["ambiguous"]!.GetValue<long>());
        }
        return sum;
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
