using System.Collections.Immutable;
using ActorStream.Storage.Topics;
using Npgsql;

namespace ActorStream.Storage.Postgres;

/// <param name="ConnectionString">As Npgsql reads it; holds the password. What it leaves open is set to what <see cref="Connections"/> says.</param>
/// <param name="ClusterName">The database schema belongs to the first cluster that opened it; another name is refused.</param>
/// <param name="MetricPartitions">1 to 1024; fixed when the topic is made.</param>
/// <param name="AlarmPartitions">1 to 1024; fixed when the topic is made.</param>
/// <param name="HistoryRetention">Age at which alarms of the history, attempts and dead letters are deleted; null: 30 days.</param>
public sealed record PostgresOptions(string ConnectionString, string ClusterName, int MetricPartitions = 4, int AlarmPartitions = 4, TimeSpan? HistoryRetention = null)
{
    /// <summary>Further topics of batches by name, with their partitions.</summary>
    public ImmutableDictionary<string, int> MoreTopics { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Topics that live in Kafka: not made here, and their commit rows are not compared with anything here.</summary>
    public ImmutableHashSet<string> ExternalTopics { get; init; } = [];

    internal IEnumerable<TopicSpec> Topics => TopicSpec.All(MoreTopics, MetricPartitions, AlarmPartitions, ExternalTopics);

    /// <summary>Never the password.</summary>
    public override string ToString() => $"{nameof(PostgresOptions)} {ClusterName}";

    /// <summary>The connection string of one pool with the settings that the protocol relies on.</summary>
    /// <remarks>Session defaults, not SET: they survive the reset when a pooled connection is given back.</remarks>
    internal string Connections(string purpose, int connectionsMax)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        // A frozen node must not keep its locks: the server ends a transaction that says nothing for five seconds, and the others go on.
        builder.Options = $"{builder.Options} -c synchronous_commit=on -c default_transaction_isolation=read\\ committed -c idle_in_transaction_session_timeout=5000 -c lock_timeout=10000".Trim();
        builder.ApplicationName = $"actorstream {ClusterName} {purpose}";
        Default(builder, "Maximum Pool Size", connectionsMax);
        Default(builder, "Timeout", 5);
        Default(builder, "Command Timeout", 15);
        Default(builder, "Keepalive", 10);
        Default(builder, "Max Auto Prepare", 64);
        return builder.ConnectionString;
    }

    private static void Default(NpgsqlConnectionStringBuilder builder, string key, int value)
    {
        if (!builder.ContainsKey(key))
            builder[key] = value;
    }
}
