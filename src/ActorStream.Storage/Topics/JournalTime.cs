namespace ActorStream.Storage.Topics;

/// <summary>The column <c>created</c> of journal and snapshots, which the plugin fills with ticks of UTC.</summary>
internal static class JournalTime
{
    /// <summary>Epoch milliseconds.</summary>
    public static long ToMs(long ticks) => (ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
}
