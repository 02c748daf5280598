using System.Globalization;

namespace ActorStream.Domain.Pipelines;

/// <summary>Events that are made up as they are read: each is a function of seed, partition and offset alone, so that a replay gives the same.</summary>
/// <param name="Keys">How many different keys there are, each about as often.</param>
/// <param name="Rate">Events per second of event time, over all partitions; the clock paces them at the same rate.</param>
/// <param name="Count">Events over all partitions, after which the source has ended; 0: it goes on for ever.</param>
/// <param name="OutOfOrderMs">An event's time lies up to so many milliseconds before its place.</param>
public sealed record MockSpec(int Partitions = 4, int Keys = 100, int Rate = 1_000, long Count = 0, long Seed = 1, int OutOfOrderMs = 0)
{
    public const int PartitionsMax = 64;
    public const int KeysMax = 10_000_000;
    public const int RateMax = 10_000_000;
    public const long CountMax = 1_000_000_000_000;
    public const int OutOfOrderMsMax = 86_400_000;

    /// <summary>9000-01-01: what lies ten years behind it can still be written as a date.</summary>
    private const long PlaceMsMax = 221_845_392_000_000;

    /// <summary>Place of the first event, epoch milliseconds.</summary>
    public long StartMs { get; init; } = 1_767_225_600_000;

    /// <summary>Events of one partition; for a mock without end the greatest number there is.</summary>
    public long CountOf(int partition) => Count == 0 ? long.MaxValue : (Count - partition + Partitions - 1) / Partitions;

    /// <summary>When the event stands in the log, epoch milliseconds; events of all partitions lie evenly.</summary>
    public long PlaceMs(int partition, long offset) => StartMs + (long)((Int128)NumberOf(partition, offset) * 1_000 / Rate);

    /// <summary>Among all events: partitions take turns.</summary>
    public long NumberOf(int partition, long offset) => offset * Partitions + partition;

    public IEnumerable<string> Faults()
    {
        (string Name, long Value, long Least, long Most)[] members =
        [
            ("partitions", Partitions, 1, PartitionsMax), ("keys", Keys, 1, KeysMax), ("rate", Rate, 1, RateMax), ("count", Count, 0, CountMax), ("out_of_order_ms", OutOfOrderMs, 0, OutOfOrderMsMax),
        ];
        foreach (var (name, value, least, most) in members)
        {
            if (value < least || value > most)
                yield return $"source.{name} is {value}; it goes from {least} to {most}.";
        }
        if (StartMs is < 0 or > PlaceMsMax)
            yield return $"source.start is {DateTimeOffset.FromUnixTimeMilliseconds(StartMs).ToString("O", CultureInfo.InvariantCulture)}; it goes from 1970-01-01 to 9000-01-01.";
        else if (Count is > 0 and <= CountMax && Rate > 0 && StartMs + Count / Rate * 1_000 > PlaceMsMax)
            yield return $"source.count is {Count}, and {Rate} events per second from {DateTimeOffset.FromUnixTimeMilliseconds(StartMs).ToString("O", CultureInfo.InvariantCulture)} on end after the year 9000; give fewer, or a higher rate.";
    }
}
