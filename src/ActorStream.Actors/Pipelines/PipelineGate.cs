using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Protocol;

namespace ActorStream.Actors.Pipelines;

/// <summary>Whether an entity of a pipeline may judge by the change of the pipeline that it was made with.</summary>
/// <param name="newest">What this node knows now; null: nothing, the pipeline was deleted.</param>
/// <remarks>A later change judges what an earlier one decoded, since the members of events that it reads never change. What a later one decoded has to wait: only that one knows all its windows.</remarks>
internal sealed class PipelineGate(PipelineSpec own, Func<PipelineSpec?> newest)
{
    public bool IsSuperseded => newest() is { } known && known.Version > own.Version;

    public bool MayJudge(Apply apply)
    {
        foreach (var batch in apply.Batches)
        {
            if (batch.SpecVersion > own.Version)
                return false;
        }
        return true;
    }
}
