using System.Globalization;
using ActorStream.Domain.Alarms;
using ActorStream.Edge.Docs;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Listeners;
using ActorStream.Edge.Security;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorStream.Edge.Views;

/// <summary>Alarms raised and what became of them; webhooks and how they do.</summary>
internal static class AlarmRoutes
{
    private const string Tag = "Alarms";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/alarms", ListAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "Alarms raised, newest first, in pages; the next one under Link", null)
            .Query("metric", "Only this metric").Query("rule", "Only this rule's").Query("state", string.Join(", ", AlarmWords.Kinds))
            .Query("from", "Sample time, RFC 3339 or epoch milliseconds, included").Query("to", "As from, not included")
            .Query("limit", "1 to 1000, default 100").Query("before", "As the Link of the page before has it");
        app.MapGet("/alarms/{id}", GetAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "One alarm: its sample, what the rule saw, the gates it passed, every attempt to deliver it", null);
        app.MapGet("/webhooks", WebhooksAsync).On(Listener.Edge).Needs(Scopes.Read).Describe(Tag, "Every webhook, masked: state, backlog, last answer, next try", null);
    }

    public static async Task ListAsync(HttpContext context, INodeFacade node)
    {
        if (await AlarmQuestion.ReadAsync(context) is not { } query)
            return;
        var alarms = node.Alarms(query);
        // The page may have been the last one by chance: then the next is empty.
        if (alarms.Count == query.Limit)
            Reply.LinkNext(context, ("before", alarms[^1].Number.ToString(CultureInfo.InvariantCulture)));
        await Reply.WriteAsync(context, [.. alarms.Select(a => AlarmView.Of(a.Alarm))], JsonShapes.Default.IReadOnlyListAlarmView);
    }

    public static async Task GetAsync(HttpContext context, INodeFacade node, string id)
    {
        if (node.Alarm(new AlarmId(id)) is { } alarm)
            await Reply.WriteAsync(context, AlarmDetailView.Of(alarm, node.Deliveries(alarm.Id)), JsonShapes.Default.AlarmDetailView);
        else
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no alarm '{Problem.Excerpt(id)}' in the history, or it is older than history.retention; GET /alarms lists those there are.");
    }

    public static async Task WebhooksAsync(HttpContext context, INodeFacade node)
        => await Reply.WriteAsync(context, WebhooksView.Of(await node.NoticesAsync(context.RequestAborted)), JsonShapes.Default.WebhooksView);
}
