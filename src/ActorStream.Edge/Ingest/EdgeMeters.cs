using System.Diagnostics.Metrics;

namespace ActorStream.Edge.Ingest;

/// <summary>What a sender was told in its reply is counted here and kept nowhere (design.md section 8).</summary>
internal sealed class EdgeMeters
{
    /// <summary>The meter of every room; what is on it is scraped.</summary>
    public const string MeterName = "ActorStream";

    private readonly Counter<long> _accepted;
    private readonly Counter<long> _rejected;

    public EdgeMeters(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _accepted = meter.CreateCounter<long>("edge_samples_accepted", description: "Samples stored by POST /metrics");
        _rejected = meter.CreateCounter<long>("edge_samples_rejected", description: "Samples refused in the reply of POST /metrics");
    }

    public void Counted(long accepted, long rejected)
    {
        if (accepted > 0)
            _accepted.Add(accepted);
        if (rejected > 0)
            _rejected.Add(rejected);
    }
}
