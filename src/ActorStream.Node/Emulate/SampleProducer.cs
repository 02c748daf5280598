using System.Text.Json.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Node.Cli;
using ActorStream.Streams.Kafka;
using Confluent.Kafka;

namespace ActorStream.Node.Emulate;

/// <summary>Writes single samples to a topic of Kafka as <c>{"value":…}</c> under the metric's name, and does not give up while the brokers are away.</summary>
/// <remarks>The client repeats what was not acknowledged, numbered, so that a sample is stored once.</remarks>
public sealed class SampleProducer : IDisposable
{
    private static readonly TimeSpan ComplainAfter = TimeSpan.FromSeconds(2);

    private readonly IProducer<string, string> _producer;
    private readonly string _topic;
    private readonly TimeProvider _time;
    private readonly Action<string> _complain;

    private volatile Error? _refusal;

    /// <param name="servers"><c>HOST:PORT,…</c>.</param>
    /// <param name="client">Settings of librdkafka (SASL, TLS), as a node takes them.</param>
    /// <exception cref="CommandFailedException">librdkafka refuses a setting.</exception>
    public SampleProducer(string servers, IReadOnlyDictionary<string, string> client, string topic, TimeProvider time, Action<string> complain)
    {
        (_topic, _time, _complain) = (topic, time, complain);
        // No time limit: 0 means for ever.
        var config = new ProducerConfig(client.ToDictionary()) { BootstrapServers = servers, Acks = Acks.All, EnableIdempotence = true, LingerMs = 0, MessageTimeoutMs = 0, Partitioner = Partitioner.Murmur2Random };
        var builder = new ProducerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => _refusal = KafkaRefusal.Remedy(error) is null ? _refusal : error);
        try
        {
            _producer = builder.Build();
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException or ArgumentException)
        {
            throw new CommandFailedException($"Kafka's client refuses its settings: {e.Message.TrimEnd('.')}. Correct {SettingsTable.KafkaClient.Flag} or {SettingsTable.KafkaClient.EnvironmentName}.");
        }
    }

    /// <summary>Completes when the brokers have acknowledged the sample.</summary>
    /// <exception cref="CommandFailedException">They refuse it for good; holds their sentence.</exception>
    public async Task SendAsync(EmulatedSource source, decimal value, CancellationToken cancel)
    {
        try
        {
            var sent = _producer.ProduceAsync(_topic, new Message<string, string> { Key = source.Name, Value = ValueOf(source, value) }, cancel);
            if (await Task.WhenAny(sent, Task.Delay(ComplainAfter, _time, cancel)) != sent && !cancel.IsCancellationRequested)
                _complain($"{source.Name}: {Why()} It is tried again until it does.");
            await sent.WaitAsync(cancel);
        }
        catch (ProduceException<string, string> e)
        {
            throw new CommandFailedException($"Kafka refuses the sample: {e.Error.Reason}");
        }
    }

    public void Dispose() => _producer.Dispose();

    private string Why() => _refusal is { } refusal ? $"Kafka does not let this program in: {refusal.Reason.TrimEnd('.')}; {KafkaRefusal.Remedy(refusal)}." : "Kafka does not answer.";

    /// <summary>Tags only where there are any.</summary>
    public static string ValueOf(EmulatedSource source, decimal value)
    {
        var sample = new JsonObject { ["value"] = value };
        if (source.Tags.Count > 0)
            sample["tags"] = new JsonObject(source.Tags.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)JsonValue.Create(t.Value))));
        return sample.ToJsonString();
    }
}
