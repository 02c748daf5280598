using System.Data.Common;
using ActorStream.Actors.Entities;
using ActorStream.Actors.Rules;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Hosting.Cluster;
using ActorStream.Storage.Contracts;
using ActorStream.Storage.Postgres;
using ActorStream.Storage.Sqlite;
using ActorStream.Tests.Shared;
using ActorStream.Wire.Serialization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ActorStream.Actors.Tests.Support;

/// <summary>An actor system with the product's journal on a real data folder, and a reader's hands.</summary>
/// <remarks>The settings are those of a node: akka.conf, our serializer, our schema. Only cluster and network are left out.</remarks>
internal sealed class JournalWorld : IDisposable
{
    /// <summary>For one answer. Three times what the journal gives a call, so that on a busy machine the journal's own reason is what a test fails with.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly JournalKind _kind;
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-actors-").FullName;

    public JournalWorld(
        Xunit.Abstractions.ITestOutputHelper output, string moreHocon = "", Func<ITopicStore, ITopicStore>? topics = null, Func<IDeadLetterStore, IDeadLetterStore>? letters = null, Func<IDueTable, IDueTable>? due = null, JournalKind kind = JournalKind.Sqlite)
    {
        _kind = kind;
        Storage = OpenAsync(kind).GetAwaiter().GetResult();
        Services = new EntityServices(topics?.Invoke(Storage.Topics) ?? Storage.Topics, letters?.Invoke(Storage.DeadLetters) ?? Storage.DeadLetters, due?.Invoke(Storage.Due) ?? Storage.Due, TimeProvider.System, Telemetry);
        var config = ConfigurationFactory.ParseString(moreHocon)
            .WithFallback($"akka.actor.provider = local\nakka.test.single-expect-default = {Patience.TotalSeconds}s\nakka.loglevel = WARNING")
            .WithFallback(SqlJournal.Hocon(Storage.Journal))
            .WithFallback(AkkaConf.Load())
            .WithFallback(ActorStreamSerializer.Hocon)
            .WithFallback(SqlPersistence.DefaultConfiguration);
        Kit = new TestKit(ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), SqlJournal.Setup(Storage.Journal)), output: output);
        Reader = Kit.CreateTestProbe();
        Partition = new PartitionId(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);
    }

    public INodeStorage Storage { get; }

    public EntityTelemetry Telemetry { get; } = new();

    public EntityServices Services { get; }

    public RulesView Rules { get; } = new();

    public TestKit Kit { get; }

    public TestProbe Reader { get; }

    public PartitionId Partition { get; }

    /// <summary>A rule on <c>cpu</c> above 90, made before any sample.</summary>
    public void PutRule(int number = 1, string metric = "cpu", double threshold = 90, string webhook = "https://discord.com/api/webhooks/1/token")
    {
        var rule = new Rule(new Guid(number, 0, 0, new byte[8]), metric, threshold, threshold.ToString("R", System.Globalization.CultureInfo.InvariantCulture), ComparisonOperator.Greater, webhook);
        Rules.Swap(Rules.Current.With([new RuleChange(rule.Id, rule, Rules.Current.Position + 1, 0)]));
    }

    /// <summary>Another incarnation: nothing stops two actors of one persistence id but the journal's fence.</summary>
    public IActorRef Incarnation(Props props)
    {
        var actor = Kit.Sys.ActorOf(props);
        Reader.Watch(actor);
        return actor;
    }

    /// <summary>Records from offset <paramref name="first"/> on; answered at once.</summary>
    public Answer Apply(IActorRef entity, string id, long first, params double[] values)
    {
        entity.Tell(new Apply(id, Partition, 1, PartitionId.None, [Samples.Batch(first, values)], null), Reader.Ref);
        return Hear(entity, id, a => a.Applied >= first + values.Length - 1);
    }

    /// <summary>Asks for a checkpoint and waits for its acknowledgement.</summary>
    public Answer Checkpoint(IActorRef entity, string id)
    {
        entity.Tell(new Apply(id, Partition, 1, PartitionId.None, [], null), Reader.Ref);
        return Hear(entity, id, a => a.Safe >= a.Applied);
    }

    private Answer Hear(IActorRef entity, string id, Predicate<Answer> isIt)
    {
        var heard = Reader.FishForMessage<object>(m => (m is Answer a && a.EntityId == id && isIt(a)) || (m is Terminated t && t.ActorRef.Equals(entity)), Patience);
        return heard as Answer ?? throw new InvalidOperationException($"The entity '{id}' stopped before it answered.");
    }

    /// <summary>One event: a record, and its checkpoint.</summary>
    public Answer Write(IActorRef entity, string id, long offset)
    {
        Apply(entity, id, offset, 1);
        return Checkpoint(entity, id);
    }

    public void ExpectStopped(IActorRef entity) => Reader.FishForMessage<Terminated>(t => t.ActorRef.Equals(entity), Patience);

    /// <summary>Kills without a word, as a crash does.</summary>
    public void Kill(IActorRef entity)
    {
        Kit.Sys.Stop(entity);
        ExpectStopped(entity);
    }

    /// <summary>Rows of the journal's database, read past the plugin; or a foreign hand in it.</summary>
    public long Sql(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() switch { long number => number, bool isSo => isSo ? 1 : 0, _ => 0 };
    }

    /// <summary>A foreign hand that lets nobody write to the journal until it is disposed.</summary>
    public IDisposable HoldJournal()
    {
        var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = _kind == JournalKind.Sqlite ? "BEGIN IMMEDIATE" : "BEGIN; LOCK TABLE journal IN SHARE ROW EXCLUSIVE MODE";
        command.ExecuteNonQuery();
        return connection;
    }

    private DbConnection Connect()
    {
        DbConnection connection = _kind == JournalKind.Sqlite
            ? new SqliteConnection(Storage.Journal.ConnectionString + ";Pooling=False")
            : new NpgsqlConnection(Storage.Journal.ConnectionString + ";Pooling=false");
        connection.Open();
        return connection;
    }

    private async Task<INodeStorage> OpenAsync(JournalKind kind) => kind == JournalKind.Sqlite
        ? await SqliteStorage.OpenAsync(new StorageOptions(_folder, "test", StateSurvivesPowerLoss: false), TimeProvider.System)
        : await PostgresStorage.OpenAsync(new PostgresOptions(PostgresServer.Shared.NewDatabase(), "test"), TimeProvider.System);

    public void Dispose()
    {
        Kit.Shutdown(TimeSpan.FromSeconds(30));
        Storage.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Telemetry.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}

public enum JournalKind
{
    Sqlite,
    Postgres,
}
