using ActorStream.Edge.Errors;
using ActorStream.Hosting.Facade;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Pipelines;

/// <summary>The pipeline that a request is about, or the answer that there is none.</summary>
internal static class AskedPipeline
{
    public static PipelineView? Find(INodeFacade node, string id) => node.Pipelines.All.FirstOrDefault(p => p.Spec.Id == id);

    /// <summary>Null: answered with 404.</summary>
    public static async ValueTask<PipelineView?> FindOrRefuseAsync(HttpContext context, INodeFacade node, string id)
    {
        var found = Find(node, id);
        if (found is null)
            await RefuseAsync(context, id);
        return found;
    }

    public static Task RefuseAsync(HttpContext context, string id)
        => Problem.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no pipeline '{Problem.Excerpt(id)}'; GET /pipelines lists those there are.");
}
