using ActorStream.Domain.Rules;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Edge.Views;
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
    /// <summary>Of the reply to PUT: which running states begin anew, and why; <c>none</c>. In a header, so that the reply stays the rule as it is stored.</summary>
    private const string StateResetHeader = "Rule-State-Reset";

    private const string IfMatchMeaning = "ETag of the version this changes; 412 when the rule is at another one";

    public static void Map(IEndpointRouteBuilder app)
    {
        var rules = app.MapGroup("/rules").On(Listener.Edge);
        rules.MapPost("", PostAsync).Needs(Scopes.RulesWrite).Describe(Tag, "Stores a rule; effective on every node within 1 s of the reply. ETag: its version", Stored).Body(Minimal);
        rules.MapGet("", (HttpContext context, INodeFacade node) => RuleList.WriteAsync(context, node, Peers.CallerMaySeeSecrets(context))).Needs(Scopes.Read)
            .Describe(Tag, "All rules, oldest version first; with a limit in pages, the next one under Link", $"[{Stored}]")
            .Query("metric", "Only rules of this metric").Query("limit", "1 to 1000; without it all").Query("after", "Only versions after this one; as the Link of the page before has it");
        rules.MapGet("/{id}", GetAsync).Needs(Scopes.Read).Describe(Tag, "One rule. ETag: its version", Stored);
        rules.MapPut("/{id}", PutAsync).Needs(Scopes.RulesWrite).Describe(Tag, "Replaces a rule; 404 if unknown. The reply's Rule-State-Reset says which running states begin anew, and why", Stored).Body(Minimal).Header("If-Match", IfMatchMeaning);
        rules.MapDelete("/{id}", DeleteAsync).Needs(Scopes.RulesWrite).Describe(Tag, "Deletes a rule; an unknown id is fine unless strict=true", "{}").Query("strict", "true: 404 for an unknown id").Header("If-Match", IfMatchMeaning);
        rules.MapGet("/{id}/explain", ExplainAsync).Needs(Scopes.Read).Describe(Tag, "Why it is or is not firing now, per series", null).Query("series", "Only this one, as host:a,dc:x; empty: the one without tags");
        rules.MapPost("/{id}/test", TestAsync).Needs(Scopes.RulesWrite).Describe(Tag, "Sends a message marked as a test to the rule's webhook; answered when it is certain to be sent", """{"id":"00000000000040008000000000000000-test-1"}""");
    }

    private static async Task PostAsync(HttpContext context, INodeFacade node, EdgeOptions options)
    {
        if (await RuleBodies.ReadAsync(context, options, Guid.NewGuid()) is not { } rule)
            return;
        if (RuleBounds.WhyNotOneMore(node.Rules, rule) is { } why)
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, why);
        else
            await AnswerAsync(context, (await node.PutRuleAsync(rule, null, context.RequestAborted))!);
    }

    private static async Task GetAsync(HttpContext context, INodeFacade node, string id)
    {
        if (Find(node, id) is { } found)
            await RuleReplies.WriteAsync(context, found, Peers.CallerMaySeeSecrets(context));
        else
            await NoSuchRuleAsync(context, id);
    }

    private static async Task PutAsync(HttpContext context, INodeFacade node, EdgeOptions options, string id)
    {
        if (Find(node, id) is not { } found)
        {
            await NoSuchRuleAsync(context, id);
            return;
        }
        if (await IfMatch.ReadAsync(context) is not (true, var positions) || await RuleBodies.ReadAsync(context, options, found.Rule.Id) is not { } rule)
            return;
        if (RuleBounds.WhyNotMoved(node.Rules, found.Rule, rule) is { } why)
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, why);
        else if (await StoreAsync(context, node, rule, positions) is { } stored)
            await AnswerAsync(context, stored, RuleChangeEffect.Of(found.Rule, rule));
        else
            await IfMatch.RefuseAsync(context, Find(node, id)?.Position);
    }

    private static async Task DeleteAsync(HttpContext context, INodeFacade node, string id)
    {
        var strict = context.Request.Query["strict"].ToString();
        var isStrict = string.Equals(strict, "true", StringComparison.OrdinalIgnoreCase);
        if (!isStrict && strict.Length > 0 && !string.Equals(strict, "false", StringComparison.OrdinalIgnoreCase))
            await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"strict is '{Problem.Excerpt(strict)}'; give true or false.");
        else if (await IfMatch.ReadAsync(context) is not (true, var positions))
            return;
        else if (!Guid.TryParseExact(id, "D", out var guid))
            await AnswerDeletedAsync(context, positions is null ? RuleRemoval.Unknown : RuleRemoval.Changed, isStrict, id, null);
        else
            await AnswerDeletedAsync(context, await RemoveAsync(context, node, guid, positions), isStrict, id, Find(node, id)?.Position);
    }

    private static Task ExplainAsync(HttpContext context, INodeFacade node, string id)
        => Find(node, id) is { } found ? RuleExplain.WriteAsync(context, node, found) : NoSuchRuleAsync(context, id);

    private static async Task TestAsync(HttpContext context, INodeFacade node, string id)
    {
        if (Find(node, id) is { } found)
            await Reply.WriteAsync(context, new AlarmIdView((await node.TestRuleAsync(found, context.RequestAborted)).Text), JsonShapes.Default.AlarmIdView, StatusCodes.Status202Accepted);
        else
            await NoSuchRuleAsync(context, id);
    }

    // The store compares, not this node's view: that may be a second behind what the caller has read elsewhere.
    private static async Task<VersionedRule?> StoreAsync(HttpContext context, INodeFacade node, Rule rule, IReadOnlyList<long>? positions)
    {
        if (positions is null)
            return await node.PutRuleAsync(rule, null, context.RequestAborted);
        foreach (var position in positions)
            if (await node.PutRuleAsync(rule, position, context.RequestAborted) is { } stored)
                return stored;
        return null;
    }

    private static async Task<RuleRemoval> RemoveAsync(HttpContext context, INodeFacade node, Guid id, IReadOnlyList<long>? positions)
    {
        if (positions is null)
            return await node.DeleteRuleAsync(id, null, context.RequestAborted);
        foreach (var position in positions)
            if (await node.DeleteRuleAsync(id, position, context.RequestAborted) == RuleRemoval.Removed)
                return RuleRemoval.Removed;
        return RuleRemoval.Changed;
    }

    private static Task AnswerDeletedAsync(HttpContext context, RuleRemoval removal, bool isStrict, string id, long? now) => removal switch
    {
        RuleRemoval.Changed => IfMatch.RefuseAsync(context, now),
        RuleRemoval.Unknown when isStrict => NoSuchRuleAsync(context, id),
        _ => RuleReplies.WriteEmptyAsync(context),
    };

    // Whoever wrote the rule knows its webhook.
    private static Task AnswerAsync(HttpContext context, VersionedRule stored, IReadOnlyList<StateReset>? resets = null)
    {
        if (resets is not null)
            context.Response.Headers[StateResetHeader] = resets.Count == 0 ? "none" : string.Join(", ", resets.Select(r => $"{r.Name}; because=\"{r.Because}\""));
        return RuleReplies.WriteAsync(context, stored, mayShowSecrets: true);
    }

    private static VersionedRule? Find(INodeFacade node, string id) => Guid.TryParseExact(id, "D", out var guid) ? node.Rules.Find(guid) : null;

    private static Task NoSuchRuleAsync(HttpContext context, string id)
        => Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no rule with the id '{Problem.Excerpt(id)}'; GET /rules lists those there are.");
}
