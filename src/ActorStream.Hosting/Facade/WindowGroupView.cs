using System.Text.Json;
using ActorStream.Actors.Windows;
using ActorStream.Domain.Nodes;

namespace ActorStream.Hosting.Facade;

/// <summary>What one key group of a pipeline knows. Books: in = on time + late accepted + late rejected + refused.</summary>
/// <param name="Watermark">How far its windows have fired, epoch milliseconds; null before the first tick.</param>
/// <param name="IsSettled">Everything it applied is in the journal, every window whose time has come has fired, and every result is taken by its topic.</param>
/// <param name="Completed">Windows that said something.</param>
/// <param name="Rejections">Of an event by a window.</param>
/// <param name="Blocked">Why a record waits at a bound of the group; null when none does.</param>
public sealed record WindowGroupView(
    int Group, string Node, long? Watermark, bool IsSettled, int Keys, int OpenWindows, int Outbox, long In, long OnTime, long LateAccepted, long LateRejected, long Refused,
    long Created, long Completed, long Active, long Expired, long Rejections, string? Blocked)
{
    /// <summary>Every window whose time has come has fired, and every result is taken by its topic; under a steady flow that is seen long before the group is ever clean.</summary>
    public bool HasSaid { get; init; }

    /// <param name="watermark">Null: the pipeline has none yet, so no window can be due; what else the group says must still be taken.</param>
    public bool HasFiredUpTo(long? watermark) => HasSaid && (watermark is null || Watermark >= watermark);

    internal static WindowGroupView? Of(Report? report)
    {
        if (report is null || JsonSerializer.Deserialize(report.Json, WindowReportJson.Default.WindowReport) is not { } r)
            return null;
        return new WindowGroupView(
            r.Group, r.Node, r.Watermark, r.IsClean && !r.HasDue && r.Outbox == 0, r.Keys, r.OpenWindows, r.Outbox, r.Events.In, r.Events.OnTime, r.Events.LateAccepted, r.Events.LateRejected, r.Events.Refused,
            r.Windows.Sum(w => w.Created), r.Windows.Sum(w => w.Completed), r.Windows.Sum(w => w.Active), r.Windows.Sum(w => w.Expired), r.Windows.Sum(w => w.Rejections),
            r.Blocked is { } b ? $"{b.Partition}@{b.Offset} (key {b.Key}) waits at the bound of {b.Bound}" : null)
        {
            HasSaid = !r.HasDue && r.Outbox == 0,
        };
    }
}
