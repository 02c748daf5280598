using System.Text;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Pipelines;

/// <summary>What a node's files say of pipelines becomes what the cluster runs, when the node starts and before it reads anything.</summary>
public static class SettingsPipelines
{
    /// <exception cref="PipelinesRefusedException">One of them does not fit what the cluster runs, or the state it left.</exception>
    /// <exception cref="StorageUnavailableException">The rows cannot be read or written.</exception>
    public static async Task ApplyAsync(NodeSettings settings, INodeStorage storage, CancellationToken cancel)
    {
        var store = new PipelineStore(storage, settings, () => PipelineBook.Empty);
        var refusals = settings.Pipelines.Select(p => (p.Id, Outcome: store.Plan(p, PipelineOwner.Settings, mayDrop: false))).Where(p => !p.Outcome.IsDone).ToList();
        if (refusals.Count > 0)
            throw new PipelinesRefusedException(string.Join(Environment.NewLine, refusals.Select(r => Text(r.Id, r.Outcome))));
        foreach (var pipeline in settings.Pipelines)
        {
            var outcome = await store.ApplyAsync(pipeline, PipelineOwner.Settings, mayDrop: false, null, cancel);
            // Another node changed it in between.
            if (!outcome.IsDone)
                throw new PipelinesRefusedException(Text(pipeline.Id, outcome));
        }
    }

    private static string Text(string id, PipelineOutcome outcome)
    {
        var text = new StringBuilder($"Pipeline {id} cannot become what {SettingsTable.Pipelines.Key} says:");
        if (outcome.Sentence is { } sentence)
            text.Append(' ').Append(sentence);
        foreach (var step in outcome.Update.Steps)
            text.AppendLine().Append("  ").Append(PipelinePlanText.Of(step));
        if (outcome.Kind == PipelineOutcomeKind.Drops)
            text.AppendLine().Append($"  To lose it, start this node without {SettingsTable.Pipelines.Flag} for it, run: actorstream apply FILE --drop; then give the file again.");
        return text.ToString();
    }
}

/// <summary>A plan in words.</summary>
public static class PipelinePlanText
{
    public static string Of(UpdateStep step)
    {
        var change = step.From.Length == 0 ? $"new: {step.To}" : step.To.Length == 0 ? $"gone: {step.From}" : $"{step.From} -> {step.To}";
        return $"{WordOf(step.Effect)} {step.What}: {change}. {step.Why}";
    }

    public static string WordOf(UpdateEffect effect) => effect switch
    {
        UpdateEffect.Keeps => "keeps",
        UpdateEffect.Drops => "drops",
        UpdateEffect.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect, "no word for this effect"),
    };
}

/// <summary>The message names every pipeline, every step and its remedy.</summary>
public sealed class PipelinesRefusedException(string message) : Exception(message);
