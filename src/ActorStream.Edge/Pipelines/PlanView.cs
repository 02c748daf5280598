using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStream.Domain.Pipelines;
using ActorStream.Edge.Errors;
using ActorStream.Edge.Views;
using ActorStream.Hosting.Pipelines;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Pipelines;

/// <param name="Outcome"><c>made</c>, <c>changed</c>, <c>unchanged</c>; or why it is not done: <c>drops</c>, <c>refused</c>, <c>clashes</c>. Of a plan: what PUT would answer.</param>
/// <param name="Reason">Absent where the steps say it.</param>
internal sealed record PlanView(string Id, string Outcome, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason, IReadOnlyList<StepView> Steps)
{
    public static PlanView Of(string id, PipelineOutcome outcome) =>
        new(id, outcome.Kind.ToString().ToLowerInvariant(), outcome.Sentence, [.. outcome.Update.Steps.Select(s => new StepView(s.What, s.From, s.To, PipelinePlanText.WordOf(s.Effect), s.Why))]);

    /// <summary>409, with the plan as a further member.</summary>
    public static Task RefuseAsync(HttpContext context, string id, PipelineOutcome outcome) => Problem.WriteAsync(
        context, StatusCodes.Status409Conflict, DetailOf(id, outcome), [.. outcome.Update.Steps.Where(s => s.Effect != UpdateEffect.Keeps).Select(PipelinePlanText.Of)], json =>
        {
            json.WritePropertyName("plan");
            JsonSerializer.Serialize(json, Of(id, outcome), JsonShapes.Default.PlanView);
        });

    private static string DetailOf(string id, PipelineOutcome outcome) => outcome.Kind switch
    {
        PipelineOutcomeKind.Drops => $"Pipeline {id} would lose state; nothing was changed. Send drop=true if that is wanted.",
        PipelineOutcomeKind.Refused => $"The state of pipeline {id} does not fit; nothing was changed. Each step of the plan says why and what to do.",
        _ => outcome.Sentence ?? $"Pipeline {id} was not changed.",
    };
}

/// <param name="From">Empty: it was not there.</param>
/// <param name="To">Empty: it is gone.</param>
/// <param name="Effect"><c>keeps</c>, <c>drops</c> or <c>refused</c>.</param>
internal sealed record StepView(string What, string From, string To, string Effect, string Why);
