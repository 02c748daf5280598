using System.Text.Json.Serialization;
using ActorStream.Domain.Windows;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Pipelines;

namespace ActorStream.Edge.Pipelines;

internal sealed record PipelinesReply(IReadOnlyList<PipelineLine> Pipelines)
{
    public static PipelinesReply Of(IReadOnlyList<PipelineView> pipelines) => new([.. pipelines.Select(p => new PipelineLine(p.Spec.Id, p.Spec.Name, p.IsRunning, [.. p.Spec.Windows.Specs.Select(WindowConfig.Of)]))]);
}

internal sealed record PipelineLine(string Id, string Name, bool Running, IReadOnlyList<WindowConfig> WindowConfigs);

/// <summary>Null: the type has no such member.</summary>
internal sealed record WindowConfig(string Type, long? SizeMs, long? SlideMs, long? GapMs)
{
    public static WindowConfig Of(WindowSpec spec) => spec.Type switch
    {
        WindowType.Session => new WindowConfig(PipelineJson.TypeOf(spec.Type), null, null, spec.GapMs),
        WindowType.Sliding => new WindowConfig(PipelineJson.TypeOf(spec.Type), spec.SizeMs, spec.SlideMs, null),
        _ => new WindowConfig(PipelineJson.TypeOf(spec.Type), spec.SizeMs, null, null),
    };
}

/// <param name="UnknownGroups">Key groups that did not answer; absent when all did.</param>
internal sealed record WindowsView(IReadOnlyList<HeldWindow> Windows, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? UnknownGroups)
{
    public static WindowsView Of(IReadOnlyList<OpenWindowsView> held, int limit)
    {
        var unknown = held.Sum(h => h.UnknownGroups);
        var windows = held.SelectMany(h => h.Windows).OrderBy(w => w.StartMs).ThenBy(w => w.PipelineId, StringComparer.Ordinal).ThenBy(w => w.WindowId, StringComparer.Ordinal).Take(limit);
        return new WindowsView([.. windows.Select(HeldWindow.Of)], unknown > 0 ? unknown : null);
    }
}

/// <param name="State"><c>active</c>, or <c>completed</c>: it gave a result and may still change.</param>
internal sealed record HeldWindow(string PipelineId, string WindowId, DateTimeOffset? StartTime, DateTimeOffset? EndTime, long EventCount, string State)
{
    public static HeldWindow Of(OpenWindowView w) => new(w.PipelineId, w.WindowId, Reply.Time(w.StartMs), Reply.Time(w.EndMs), w.EventCount, w.IsFired ? "completed" : "active");
}

internal sealed record StateView(StateStore StateStore)
{
    public static StateView Of(StateStoreView store) => new(new StateStore(store.Backend, store.Path, store.Bytes));
}

/// <param name="ApproximateSize">Bytes; null: unknown.</param>
internal sealed record StateStore(string Backend, string Path, long? ApproximateSize);

/// <param name="CheckpointSize">Windows that the checkpoint covers: panes and sessions held by the groups of running pipelines.</param>
internal sealed record CheckpointReply(string Message, DateTimeOffset Timestamp, long CheckpointSize);
