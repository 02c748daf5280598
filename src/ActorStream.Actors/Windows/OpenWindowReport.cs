using System.Text.Json;
using System.Text.Json.Serialization;
using ActorStream.Domain.Windows;

namespace ActorStream.Actors.Windows;

/// <summary>A window that a key group holds, as JSON in a <see cref="Domain.Nodes.Report"/>.</summary>
/// <param name="StartMs">Epoch milliseconds.</param>
/// <param name="EndMs">Exclusive.</param>
/// <param name="IsFired">It gave a result and may still change.</param>
public sealed record OpenWindowReport(string WindowId, long StartMs, long EndMs, long EventCount, bool IsFired)
{
    internal static string Json(IReadOnlyList<WindowDescription> windows) =>
        JsonSerializer.Serialize([.. windows.Select(w => new OpenWindowReport(w.WindowId, w.StartMs, w.EndMs, w.EventCount, w.IsFired))], OpenWindowReportJson.Default.OpenWindowReportArray);
}

[JsonSerializable(typeof(OpenWindowReport[]))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
public sealed partial class OpenWindowReportJson : JsonSerializerContext;
