using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;

namespace ActorStream.Actors.Windows;

/// <summary>What a key group of a pipeline says of itself, as JSON in a <see cref="Domain.Nodes.Report"/>.</summary>
/// <param name="Node">Address of the node it runs on.</param>
/// <param name="Watermark">How far its windows have fired, epoch milliseconds; null before the first tick.</param>
/// <param name="Keys">Keys that hold a window, counted per spec.</param>
/// <param name="OpenWindows">Panes and sessions held; of a join events.</param>
/// <param name="HasDue">Windows whose time has come wait for the outbox.</param>
/// <param name="Outbox">Results that their topic has not taken.</param>
/// <param name="IsClean">Everything applied is in the journal and every result is taken.</param>
/// <param name="Applied">Highest offset applied, by partition.</param>
/// <param name="Blocked">The record that waits at a bound; null when none does.</param>
public sealed record WindowReport(
    string PipelineId, int Group, string Node, long? Watermark, int Keys, int OpenWindows, bool HasDue, int Outbox, bool IsClean, long Sequence,
    IReadOnlyDictionary<string, long> Applied, EventBooksReport Events, IReadOnlyList<SpecReport> Windows, BlockReport? Blocked)
{
    internal static string Json(string entityId, string node, WindowPlan plan, IWindowLogic state, EntityMachine machine)
    {
        var books = state.Books;
        var report = new WindowReport(
            plan.PipelineId, GroupOf(entityId), node, state.Watermark == PartitionId.NoTime ? null : state.Watermark, state.Keys, state.OpenWindows, state.HasDue,
            machine.OutboxCount, machine.IsClean, machine.Sequence, machine.Applied.ToDictionary(static a => a.Key.ToString(), static a => a.Value),
            new EventBooksReport(books.In, books.OnTime, books.LateAccepted, books.LateRejected, books.Refused),
            [.. books.Specs.Select((s, i) => new SpecReport(plan.NameOf(i), plan.Specs[i].Type, s.Created, s.Completed, s.Expired, s.Merged, s.Rejections, s.Active))],
            state.Blocked is { } block ? new BlockReport(block.Partition.ToString(), block.Offset, block.Key, block.Bound) : null);
        return JsonSerializer.Serialize(report, WindowReportJson.Default.WindowReport);
    }

    /// <summary>The entity id is <c>{pipeline}/{group}</c>.</summary>
    private static int GroupOf(string entityId) => int.Parse(entityId.AsSpan(entityId.LastIndexOf('/') + 1), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>In = on time + late accepted + late rejected + refused.</summary>
public sealed record EventBooksReport(long In, long OnTime, long LateAccepted, long LateRejected, long Refused);

/// <summary>Created = expired + merged + active.</summary>
/// <param name="Name">First part of its window ids.</param>
/// <param name="Rejections">By a window, also of events that another window took.</param>
public sealed record SpecReport(string Name, WindowType Type, long Created, long Completed, long Expired, long Merged, long Rejections, long Active);

/// <param name="Bound">Of keys, windows or late events.</param>
public sealed record BlockReport(string Partition, long Offset, string Key, WindowBound Bound);

[JsonSerializable(typeof(WindowReport))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
public sealed partial class WindowReportJson : JsonSerializerContext;
