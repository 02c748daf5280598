using ActorStream.Domain.Pipelines;

namespace ActorStream.Hosting.Nodes;

/// <summary>How long rows of <c>window_result</c> are kept, counted from the end of their window.</summary>
internal static class KeptResults
{
    /// <summary>Pipelines whose rows are deleted; those of a deleted pipeline stay as they are. Two table sinks of one pipeline write the same rows, so the longer time counts, and for ever is the longest.</summary>
    public static IEnumerable<(string Pipeline, long KeepMs)> Of(PipelineBook book) => book.Pipelines
        .Select(p => (p.Id, Keeps: p.Sinks.Where(s => s.Kind == SinkKind.Table).Select(s => s.KeepMs).ToArray()))
        .Where(p => p.Keeps.Length > 0 && p.Keeps.Min() > 0)
        .Select(p => (p.Id, p.Keeps.Max()));
}
