using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Joins;

/// <summary>One row of a join: a pair, or a left event that met no right one. Each has an id of its own; only a row without a right event can have a second revision, which retracts it.</summary>
/// <param name="WindowName">First part of the window id (<see cref="WindowPlan.NameOf"/>).</param>
/// <param name="StartMs">Epoch milliseconds.</param>
/// <param name="EndMs">Exclusive.</param>
/// <param name="Revision">0; of a retraction 1.</param>
/// <param name="Right">Null where none met it.</param>
public sealed record JoinResult(
    string PipelineId, string WindowName, string Key, WindowType Type, long StartMs, long EndMs, int Revision, JoinedEvent Left, JoinedEvent? Right) : IOutput
{
    /// <summary>A right event came after all: pairs with it follow.</summary>
    public bool IsRetracted => Revision > 0;

    /// <summary><c>{name}_{key}_{start_ms}</c>.</summary>
    public string WindowId => $"{WindowName}_{Key}_{StartMs}";

    /// <summary>Unique over all pipelines and the same in every replay: <c>{pipeline}/{window id}_{left position}_{right position}</c>, or <c>…_none</c>.</summary>
    public string ResultId => $"{PipelineId}/{WindowId}_{Left.Position}_{(Right is { } right ? right.Position : "none")}";
}
