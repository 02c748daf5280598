using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Tests.Shared;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace ActorStream.Storage.Tests;

/// <summary>A database of its own on the server of this process.</summary>
public sealed class PostgresWorld : IStorageWorld
{
    public string Place { get; } = PostgresServer.Shared.NewDatabase();

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeMilliseconds(1_000_000));

    public PostgresOptions Options => new(Place, "test");

    public async Task<INodeStorage> OpenAsync(TimeSpan? historyRetention = null, TimeProvider? time = null) =>
        await PostgresStorage.OpenAsync(Options with { HistoryRetention = historyRetention }, time ?? Time);

    public IDisposable HoldCommits()
    {
        var foreign = new NpgsqlConnection(Place + ";Pooling=false");
        foreign.Open();
        using var held = new NpgsqlCommand("BEGIN; LOCK TABLE commit_row", foreign);
        held.ExecuteNonQuery();
        return foreign;
    }

    public HeldAppend HoldAppend(string value) => new(new NpgsqlConnection(Place + ";Pooling=false"), "BEGIN", value, static () => { });

    public object? Sql(string sql) => PostgresServer.Scalar(Place, sql);

    /// <summary>The database goes with the server.</summary>
    public void Dispose()
    {
    }
}
