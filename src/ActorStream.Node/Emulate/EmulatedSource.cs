namespace ActorStream.Node.Emulate;

/// <param name="Name">Metric name.</param>
/// <param name="Values">One per record.</param>
/// <param name="Period">Above 0; record k is due k periods after the first. A slow edge delays records, it never drops them.</param>
public sealed record EmulatedSource(string Name, IEnumerable<decimal> Values, TimeSpan Period, IReadOnlyDictionary<string, string> Tags)
{
    public static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    /// <summary>Ends after <paramref name="count"/> records (null: never) or when cancelled, without an exception; answers the records sent.</summary>
    /// <param name="send">Completes when the record is acknowledged.</param>
    public async Task<long> RunAsync(Func<EmulatedSource, decimal, CancellationToken, Task> send, long? count, TimeProvider time, CancellationToken stop)
    {
        var sent = 0L;
        var start = time.GetTimestamp();
        try
        {
            foreach (var value in Values)
            {
                if (sent >= count)
                    break;
                var due = Period * sent - time.GetElapsedTime(start);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, time, stop);
                await send(this, value, stop);
                sent++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return sent;
        }
        return sent;
    }
}
