using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Scenarios.Kafka;

/// <summary>Real brokers as processes, and Kafka's own console tools as independent writers and readers.</summary>
/// <remarks>The tools' folder is <c>ACTORSTREAM_TEST_KAFKA</c>, else <c>shared/tools/kafka</c> beside a folder above the repository. <c>KAFKA_BOOTSTRAP</c>: a broker that runs already, for tests that kill none.</remarks>
internal sealed class KafkaBroker : IAsyncDisposable
{
    /// <summary>Collection of those that take the shared broker: the clusters have one name, so two at once would fence each other.</summary>
    public const string Shared = "shared broker";

    private const string NoKafka = "No Kafka is at hand: set ACTORSTREAM_TEST_KAFKA to a folder with bin/kafka-up, which needs java on the path.";

    private static readonly TimeSpan ToolPatience = TimeSpan.FromSeconds(120);

    private static readonly Lazy<Task<KafkaBroker>> OfThisProcess = new(async () =>
    {
        var broker = await StartAsync(nodes: 1);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => broker.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return broker;
    });

    private readonly string? _folder;

    private KafkaBroker(string? folder, string bootstrap) => (_folder, Bootstrap) = (folder, bootstrap);

    public string Bootstrap { get; }

    /// <summary>Skips the test where there is no Kafka.</summary>
    /// <param name="isShared">One broker for all tests of this process that ask so, until its end; each takes topics of its own. False: the test wants to kill it.</param>
    public static async Task<KafkaBroker> StartAsync(int nodes = 1, bool isShared = false)
    {
        Skip.If(Tools is null || !HasJava(), NoKafka);
        if (isShared)
            return new KafkaBroker(null, Environment.GetEnvironmentVariable("KAFKA_BOOTSTRAP") is { Length: > 0 } running ? running : (await OfThisProcess.Value).Bootstrap);
        var folder = Directory.CreateTempSubdirectory("actorstream-kafka-").FullName;
        return new KafkaBroker(folder, (await RunAsync("kafka-up", ["--dir", folder, "--nodes", $"{nodes}"])).Trim());
    }

    /// <summary>One broker with settings of its own.</summary>
    /// <param name="port">Of the listener without security, which Kafka's tools use here.</param>
    /// <param name="settings">Lines of server.properties.</param>
    public static async Task<KafkaBroker> StartAsync(int port, IReadOnlyList<string> settings)
    {
        Skip.If(Tools is null || !HasJava(), NoKafka);
        var folder = Directory.CreateTempSubdirectory("actorstream-kafka-").FullName;
        return new KafkaBroker(folder, (await RunAsync("kafka-up", ["--dir", folder, "--port", $"{port}", .. settings.SelectMany(s => new[] { "--set", s })])).Trim());
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(int node = 1) => RunAsync("kafka-down", ["--dir", _folder!, "--node", $"{node}", "--kill"]);

    /// <summary>Back on the same port with the same data.</summary>
    public Task ReviveAsync(int node = 1) => RunAsync("kafka-up", ["--dir", _folder!, "--node", $"{node}"]);

    public async Task MakeTopicAsync(string name, int partitions, short replicas = 1)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = replicas }]);
    }

    /// <summary>All records of a topic as <c>key TAB value</c>, read by kafka-console-consumer; null is written <c>null</c>.</summary>
    public async Task<IReadOnlyList<string>> ConsumeAsync(string topic, int records)
    {
        var text = await RunAsync("kafka-console-consumer",
        [
            "--bootstrap-server", Bootstrap, "--topic", topic, "--from-beginning", "--max-messages", $"{records}", "--timeout-ms", "30000",
            "--formatter-property", "print.key=true", "--command-property", "isolation.level=read_committed",
        ]);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Values of all records that readers of committed ones see now; within a partition in its order.</summary>
    public IReadOnlyList<string> Committed(string topic, int partitions)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = Bootstrap, GroupId = $"test-{Guid.NewGuid():N}", EnableAutoCommit = false, EnablePartitionEof = true, IsolationLevel = IsolationLevel.ReadCommitted,
        }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var values = new List<string>();
        for (var ends = 0; ends < partitions;)
        {
            var result = consumer.Consume(ToolPatience) ?? throw new TimeoutException($"Topic {topic} cannot be read to its end.");
            if (result.IsPartitionEOF)
                ends++;
            else
                values.Add(result.Message.Value);
        }
        return values;
    }

    /// <summary>One record by kafka-console-producer.</summary>
    /// <param name="value">Null: a deletion.</param>
    public Task ProduceAsync(string topic, string key, string? value) => RunAsync("kafka-console-producer",
    [
        "--bootstrap-server", Bootstrap, "--topic", topic, "--reader-property", "parse.key=true", "--reader-property", "key.separator=|", "--reader-property", "null.marker=NULL",
    ], $"{key}|{value ?? "NULL"}\n");

    /// <summary>Lag per partition as kafka-consumer-groups shows it; a partition without an offset is missing.</summary>
    public async Task<IReadOnlyList<long>> LagsAsync(string group, string topic)
    {
        var text = await RunAsync("kafka-consumer-groups", ["--bootstrap-server", Bootstrap, "--describe", "--group", group]);
        return [.. text.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(c => c.Length > 5 && c[1] == topic && c[3] != "-").Select(c => long.Parse(c[5], System.Globalization.CultureInfo.InvariantCulture))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is null)
            return;
        await RunAsync("kafka-down", ["--dir", _folder, "--kill"]);
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Tools { get; } = FindTools();

    private static string? FindTools()
    {
        if (Environment.GetEnvironmentVariable("ACTORSTREAM_TEST_KAFKA") is { Length: > 0 } given)
            return File.Exists(Path.Combine(given, "bin", "kafka-up")) ? given : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "tools", "kafka") is var tools && File.Exists(Path.Combine(tools, "bin", "kafka-up")))
                return tools;
        return null;
    }

    private static bool HasJava() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "java")));

    /// <summary>What it printed.</summary>
    private static async Task<string> RunAsync(string tool, IReadOnlyList<string> arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Tools!, "bin", tool), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        // A broker that was started inherits nothing that would keep these pipes open.
        var (printed, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var enough = new CancellationTokenSource(ToolPatience);
        await process.WaitForExitAsync(enough.Token);
        Assert.True(process.ExitCode == 0, $"{tool} ended with {process.ExitCode}: {await errors}");
        return await printed;
    }
}
