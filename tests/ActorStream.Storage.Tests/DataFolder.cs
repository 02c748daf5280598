using System.Text;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Sqlite;
using ActorStream.Wire.Topics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Storage.Tests;

/// <summary>A data folder that is gone afterwards, and a clock that stands still.</summary>
public sealed class DataFolder : IStorageWorld
{
    public string Path { get; } = Directory.CreateTempSubdirectory("actorstream-storage-").FullName;

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));

    public StorageOptions Options => new(Path, "test", StateSurvivesPowerLoss: false);

    public string StateFile => System.IO.Path.Combine(Path, "state.db");

    public string TopicsFile => System.IO.Path.Combine(Path, "topics.db");

    public string Place => Path;

    public Task<SqliteStorage> OpenAsync(StorageOptions? options = null) => SqliteStorage.OpenAsync(options ?? Options, Time);

    async Task<INodeStorage> IStorageWorld.OpenAsync(TimeSpan? historyRetention, TimeProvider? time) =>
        await SqliteStorage.OpenAsync(Options with { HistoryRetention = historyRetention }, time ?? Time);

    /// <summary>Runs SQL past the storage, as a foreign program would. Answers the first column of the first row.</summary>
    public static object? Sql(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public static NewBatch Batch(int partition, params string[] values)
    {
        var writer = new RecordBatchWriter();
        foreach (var value in values)
            writer.Add("key"u8, Encoding.UTF8.GetBytes(value));
        return new NewBatch(partition, writer.Count, writer.Written.ToArray());
    }

    public static NumberedRecord Item(int partition, long number, string value) => new(partition, number, Encoding.UTF8.GetBytes("key"), Encoding.UTF8.GetBytes(value));

    /// <summary>Every record of a partition with its offset, from the first one held.</summary>
    public static List<(long Offset, string Value)> RecordsOf(ITopicStore topics, string topic, int partition)
    {
        var records = new List<(long, string)>();
        for (var from = 0L; ;)
        {
            var batches = topics.Read(topic, partition, from, 1000, 1 << 20);
            if (batches.Count == 0)
                return records;
            foreach (var batch in batches)
                records.AddRange(ValuesOf(batch));
            from = batches[^1].Next;
        }
    }

    public static List<(long Offset, string Value)> ValuesOf(StoredBatch batch)
    {
        var values = new List<(long, string)>();
        var reader = new RecordBatchReader(batch.Blob.Span);
        for (var offset = batch.FirstOffset; reader.Next(); offset++)
            values.Add((offset, Encoding.UTF8.GetString(reader.Value)));
        return values;
    }

    public IDisposable HoldCommits()
    {
        var foreign = new SqliteConnection($"Data Source={StateFile};Pooling=False");
        foreign.Open();
        foreign.BeginTransaction(deferred: false);
        return foreign;
    }

    /// <summary>In turn, as every writer of the file.</summary>
    public HeldAppend HoldAppend(string value)
    {
        var turn = new WriteTurn(TopicsFile + ".turn");
        turn.Take();
        return new HeldAppend(new SqliteConnection($"Data Source={TopicsFile};Pooling=False"), "BEGIN IMMEDIATE", value, () =>
        {
            turn.Give();
            turn.Dispose();
        });
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
