using ActorStream.Domain.Alarms;
using ActorStream.Domain.Records;

namespace ActorStream.Actors.Tests.Support;

internal static class Samples
{
    /// <summary>Offset = time = append time = <paramref name="first"/> and on.</summary>
    public static SampleBatch Batch(long first, params double[] values)
    {
        var times = Enumerable.Range(0, values.Length).Select(i => first + i).ToArray();
        return new SampleBatch(
            new SampleColumns { Offsets = times, AppendTimes = times, WatermarksBefore = times, Times = times, Values = values, SeriesKeys = [SeriesKey.Empty] }, 0, values.Length);
    }
}
