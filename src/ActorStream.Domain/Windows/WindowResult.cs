using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Windows;

/// <summary>One revision of a window's result. Revisions of an id count from 0 without gaps; the last one is what the window finally says.</summary>
/// <param name="WindowName">First part of the window id (<see cref="WindowPlan.NameOf"/>).</param>
/// <param name="Spec">Index into the plan's specs.</param>
/// <param name="StartMs">Epoch milliseconds.</param>
/// <param name="EndMs">Exclusive; of a retracted session the end it had when it was merged.</param>
/// <param name="Data">Of a retracted session <see cref="WindowData.None"/>.</param>
public sealed record WindowResult(
    string PipelineId, string WindowName, string Key, int Spec, WindowType Type, long StartMs, long EndMs, int Revision, WindowData Data) : IOutput
{
    /// <summary>Start of the session that took this one in, whose result is emitted right behind; null unless this is a retraction.</summary>
    public long? MergedIntoStartMs { get; init; }

    public bool IsRetracted => MergedIntoStartMs is not null;

    /// <summary><c>{name}_{key}_{start_ms}</c>.</summary>
    public string WindowId => IdOf(StartMs);

    /// <summary>The window id of <see cref="MergedIntoStartMs"/>.</summary>
    public string? MergedInto => MergedIntoStartMs is { } start ? IdOf(start) : null;

    /// <summary>Unique over all pipelines: <c>{pipeline}/{window id}</c>.</summary>
    public string ResultId => $"{PipelineId}/{WindowId}";

    private string IdOf(long startMs) => $"{WindowName}_{Key}_{startMs}";
}
