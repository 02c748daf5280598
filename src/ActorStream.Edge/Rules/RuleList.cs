using System.Globalization;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Rules;

/// <summary><c>GET /rules</c>: whole, or in pages by version. A rule that changes between two pages moves to the end and is seen again, never missed.</summary>
internal static class RuleList
{
    /// <summary>Oldest version first.</summary>
    public static async Task WriteAsync(HttpContext context, INodeFacade node, bool mayShowSecrets)
    {
        var query = context.Request.Query;
        int? limit = null;
        if (query["limit"].Count > 0)
        {
            limit = await Reply.LimitOrRefuseAsync(context);
            if (limit is null)
                return;
        }
        if (await AfterOrRefuseAsync(context) is not { } after)
            return;
        IEnumerable<VersionedRule> rules = query["metric"].Count == 0 ? node.Rules.Rules : node.Rules.For(query["metric"].ToString())?.Rules ?? [];
        var ordered = rules.Where(r => r.Position > after).OrderBy(r => r.Position).ToList();
        if (limit is { } most && ordered.Count > most)
        {
            ordered.RemoveRange(most, ordered.Count - most);
            Reply.LinkNext(context, ("after", ordered[^1].Position.ToString(CultureInfo.InvariantCulture)));
        }
        await RuleReplies.WriteListAsync(context, ordered, mayShowSecrets);
    }

    private static async ValueTask<long?> AfterOrRefuseAsync(HttpContext context)
    {
        var after = context.Request.Query["after"];
        if (after.Count == 0)
            return -1;
        if (long.TryParse(after.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var position))
            return position;
        await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"after is '{Problem.Excerpt(after.ToString())}'; give the whole number that the Link of the page before has, or leave it out.");
        return null;
    }
}
