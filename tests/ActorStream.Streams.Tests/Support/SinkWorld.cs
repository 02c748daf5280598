using System.Collections.Immutable;
using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Sqlite;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Support;

/// <summary>A real storage in a folder that is gone afterwards, and one sink's row in it.</summary>
internal sealed class SinkWorld : IAsyncDisposable
{
    public static readonly PartitionId Partition = new("sink.p.out", "results.p", 1, 0);

    private readonly string _folder;

    private SinkWorld(string folder, SqliteStorage storage) => (_folder, Storage) = (folder, storage);

    public SqliteStorage Storage { get; }

    public CommitRow Committed => Storage.Commits.RowsOf(Partition.Group).Single().Row;

    public static async Task<SinkWorld> OpenAsync()
    {
        var folder = Directory.CreateTempSubdirectory("actorstream-sink-").FullName;
        var options = new StorageOptions(folder, "test", StateSurvivesPowerLoss: false) { MoreTopics = ImmutableDictionary<string, int>.Empty.Add(Partition.Topic, 1) };
        return new SinkWorld(folder, await SqliteStorage.OpenAsync(options, TimeProvider.System));
    }

    /// <summary>A new reader: the next epoch.</summary>
    public Task<CommitRow> ClaimAsync() => Storage.Commits.ClaimAsync(Partition, 0);

    public static async Task<CommitRow> WriteAsync(IChunkWriter writer, CommitRow row, params IEnumerable<TopicChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            (var outcome, row) = await writer.WriteAsync(row, chunk);
            Assert.Equal(CommitOutcome.Committed, outcome);
        }
        return row;
    }

    /// <summary>Every record of <c>metrics</c>, per partition in order.</summary>
    public IReadOnlyList<(string Key, string Value)> Metrics()
    {
        var records = new List<(string, string)>();
        for (var partition = 0; partition < Storage.Topics.PartitionsOf(TopicNames.Metrics); partition++)
        {
            foreach (var batch in Storage.Topics.Read(TopicNames.Metrics, partition, 0, int.MaxValue, int.MaxValue))
            {
                var reader = new RecordBatchReader(batch.Blob.Span);
                while (reader.Next())
                    records.Add((Encoding.UTF8.GetString(reader.Key), Encoding.UTF8.GetString(reader.Value)));
            }
        }
        return records;
    }

    public async ValueTask DisposeAsync()
    {
        await Storage.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
