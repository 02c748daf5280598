using ActorStream.Domain.Windows;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Support;

/// <summary>Window results as chunks of a results topic.</summary>
internal static class Results
{
    public const long AppendTimeMs = 5_000;

    /// <summary>A window of a second; its count is 2, its sum twice the average.</summary>
    public static WindowResult Of(long startMs, double avg, int revision = 0, string key = "k") =>
        new("p", "tumbling", key, 0, WindowType.Tumbling, startMs, startMs + 1_000, revision, new WindowData(2, 2 * avg, avg - 1, avg + 1, avg, startMs + 10));

    public static WindowResult Retracted(long startMs, int revision = 1) =>
        new("p", "session", "k", 0, WindowType.Session, startMs, startMs + 1_000, revision, WindowData.None) { MergedIntoStartMs = startMs - 1 };

    public static TopicChunk Chunk(long first, params IEnumerable<WindowResult> results) => ChunkOf(first, results.Select(r => ResultJson.Encode(r, [])));

    public static TopicChunk ChunkOf(long first, params IEnumerable<byte[]> values)
    {
        var batch = Batch(values);
        return new TopicChunk(first, [new StoredBatch(first, batch.Count, AppendTimeMs, batch.Blob)]);
    }

    public static NewBatch Batch(IEnumerable<byte[]> values)
    {
        var records = new RecordBatchWriter();
        foreach (var value in values)
            records.Add("k"u8, value);
        return new NewBatch(0, records.Count, records.Written.ToArray());
    }
}
