using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Rules;

/// <summary><c>GET /rules/{id}/explain?series=host:a,dc:x</c>: asks the entity of the rule's metric.</summary>
internal static class RuleExplain
{
    private const int TagsMax = 64;

    public static async Task WriteAsync(HttpContext context, INodeFacade node, VersionedRule rule)
    {
        if (await SeriesOrRefuseAsync(context) is not (true, var series))
            return;
        if (await node.ExplainRuleAsync(rule.Rule, series, context.RequestAborted) is { } explanation)
            await Reply.WriteAsync(context, RuleExplainView.Of(explanation), JsonShapes.Default.RuleExplainView);
        else
            await Problem.WriteUnavailableAsync(context, "The entity of the rule's metric did not answer in time, or its node does not know the rule yet; why it is not firing is unknown. Ask again.", 1);
    }

    /// <summary>No series: every one that is known. <c>series=</c>: the one without tags.</summary>
    private static async ValueTask<(bool Good, SeriesKey? Series)> SeriesOrRefuseAsync(HttpContext context)
    {
        var given = context.Request.Query["series"];
        if (given.Count == 0)
            return (true, null);
        var text = given.ToString();
        if (given.Count == 1 && Parse(text) is { } series)
            return (true, series);
        await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, $"series is '{Problem.Excerpt(text)}'; give its tags as host:a,dc:x, each name once and at most {TagsMax} of them.");
        return (false, null);
    }

    private static SeriesKey? Parse(string text)
    {
        if (text.Length == 0)
            return SeriesKey.Empty;
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in text.Split(','))
        {
            var colon = tag.IndexOf(':');
            if (colon <= 0 || tags.Count == TagsMax || !tags.TryAdd(tag[..colon], tag[(colon + 1)..]))
                return null;
        }
        return new SeriesKey([.. tags]);
    }
}
