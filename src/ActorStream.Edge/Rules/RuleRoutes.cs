using ActorStream.Domain.Rules;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Rules;

/// <summary>Rules over HTTP (compatibility.md 1.3).</summary>
internal static class RuleRoutes
{
    private const string Tag = "Rules";
    private const string Minimal = """{"metric_name":"packages-received","threshold":500,"discord_webhook_url":"https://discord.com/api/webhooks/1/token"}""";
    private const string Stored = """{"id":"00000000-0000-4000-8000-000000000000","metric_name":"packages-received","threshold":500,"discord_webhook_url":"https://discord.com/api/webhooks/1/token"}""";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/rules", PostAsync).On(Listener.Edge).Describe(Tag, "Stores a rule; effective on every node within 1 s of the reply", Stored).Body(Minimal);
        app.MapGet("/rules", (HttpContext context, INodeFacade node) => ListAsync(context, node, Peers.CallerMaySeeSecrets(context))).On(Listener.Edge).Describe(Tag, "All rules", $"[{Stored}]");
        app.MapGet("/rules/{id}", GetAsync).On(Listener.Edge).Describe(Tag, "One rule", Stored);
        app.MapPut("/rules/{id}", PutAsync).On(Listener.Edge).Describe(Tag, "Replaces a rule; 404 if unknown", Stored).Body(Minimal);
        app.MapDelete("/rules/{id}", DeleteAsync).On(Listener.Edge).Describe(Tag, "Deletes a rule; an unknown id is fine unless strict=true", "{}").Query("strict", "true: 404 for an unknown id");
    }

    /// <summary>Oldest version first.</summary>
    public static Task ListAsync(HttpContext context, INodeFacade node, bool mayShowSecrets)
        => RuleReplies.WriteListAsync(context, node.Rules.Rules.OrderBy(r => r.Position), mayShowSecrets);

    private static async Task PostAsync(HttpContext context, INodeFacade node, EdgeOptions options)
    {
        if (await RuleBodies.ReadAsync(context, options, Guid.NewGuid()) is { } rule)
            await StoreAsync(context, node, rule);
    }

    private static async Task GetAsync(HttpContext context, INodeFacade node, string id)
    {
        if (Find(node, id) is { } found)
            await RuleReplies.WriteAsync(context, found.Rule, Peers.CallerMaySeeSecrets(context));
        else
            await NoSuchRuleAsync(context, id);
    }

    private static async Task PutAsync(HttpContext context, INodeFacade node, EdgeOptions options, string id)
    {
        if (Find(node, id) is not { } found)
            await NoSuchRuleAsync(context, id);
        else if (await RuleBodies.ReadAsync(context, options, found.Rule.Id) is { } rule)
            await StoreAsync(context, node, rule);
    }

    private static async Task DeleteAsync(HttpContext context, INodeFacade node, string id)
    {
        var strict = context.Request.Query["strict"].ToString();
        var isStrict = string.Equals(strict, "true", StringComparison.OrdinalIgnoreCase);
        if (!isStrict && strict.Length > 0 && !string.Equals(strict, "false", StringComparison.OrdinalIgnoreCase))
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"strict is '{Problem.Excerpt(strict)}'; give true or false.");
        else if ((!Guid.TryParseExact(id, "D", out var guid) || !await node.DeleteRuleAsync(guid, context.RequestAborted)) && isStrict)
            await NoSuchRuleAsync(context, id);
        else
            await RuleReplies.WriteEmptyAsync(context);
    }

    private static async Task StoreAsync(HttpContext context, INodeFacade node, Rule rule)
    {
        var stored = await node.PutRuleAsync(rule, context.RequestAborted);
        // Whoever wrote the rule knows its webhook.
        await RuleReplies.WriteAsync(context, stored.Rule, mayShowSecrets: true);
    }

    private static VersionedRule? Find(INodeFacade node, string id) => Guid.TryParseExact(id, "D", out var guid) ? node.Rules.Find(guid) : null;

    private static Task NoSuchRuleAsync(HttpContext context, string id)
        => Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no rule with the id '{Problem.Excerpt(id)}'; GET /rules lists those there are.");
}
