using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class SinkSettingsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-sinks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("metrics", "p1.avg", true, "Take out sink m of pipeline p1, or let actorstream.topics.backend be embedded")]
    [InlineData("kafka", "results", false, "Take out sink m of pipeline p1, or give the brokers")]
    [InlineData("kafka", "a b", true, "\"a b\" is none")]
    [InlineData("kafka", "rules", true, "another topic than rules as target of sink m")]
    public void A_sink_that_cannot_keep_its_promise_here_is_refused_at_the_start(string type, string target, bool isKafka, string said)
    {
        var pipeline = Path.Combine(_folder, "p1.json");
        File.WriteAllText(pipeline, $$"""{"source":{"type":"topic","topic":"t"},"windows":[{"type":"tumbling","size_ms":1000}],"sinks":[{"type":"console"},{"type":"{{type}}","name":"m","target":"{{target}}"}]}""");
        var embedded = new Dictionary<string, IReadOnlyList<string>> { [SettingsTable.Pipelines.Key] = [pipeline] };
        var kafka = new Dictionary<string, IReadOnlyList<string>>(embedded) { [SettingsTable.TopicsBackend.Key] = ["kafka"], [SettingsTable.KafkaServers.Key] = ["127.0.0.1:9092"] };

        var fault = Assert.Single(NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = isKafka ? kafka : embedded }).Faults);

        Assert.Equal(SettingsTable.Pipelines.Key, fault.Where);
        Assert.Contains(said, fault.Allowed, StringComparison.Ordinal);
        if (target is "p1.avg" or "results")
            Assert.Empty(NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = isKafka ? embedded : kafka }).Faults);
    }

    [Theory]
    [InlineData("readings", false, "no source of type kafka where actorstream.topics.backend is embedded")]
    [InlineData("a b", true, "as source.topic of pipeline p1; \"a b\" is none")]
    [InlineData("rules", true, "another topic than rules as source.topic of pipeline p1")]
    [InlineData("readings", true, null)]
    [InlineData("metrics", true, null)]
    public void A_source_of_Kafka_needs_brokers_and_a_topic_of_events(string topic, bool isKafka, string? said)
    {
        var pipeline = Path.Combine(_folder, "p1.json");
        File.WriteAllText(pipeline, $$"""{"source":{"type":"kafka","topic":"{{topic}}"},"windows":[{"type":"tumbling","size_ms":1000}]}""");
        var given = new Dictionary<string, IReadOnlyList<string>> { [SettingsTable.Pipelines.Key] = [pipeline] };
        if (isKafka)
            (given[SettingsTable.TopicsBackend.Key], given[SettingsTable.KafkaServers.Key]) = (["kafka"], ["127.0.0.1:9092"]);

        var faults = NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = given }).Faults;

        Assert.Equal(said is null ? 0 : 1, faults.Count);
        Assert.All(faults, f => Assert.Contains(said!, f.Allowed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("off", null, null)]
    [InlineData("9090", 9090, null)]
    [InlineData("0", null, "off, or a whole number from 1 to 65535")]
    [InlineData("9110", null, "a port that actorstream.management.port does not have already")]
    public void The_extra_port_of_metrics_is_off_or_a_port_of_its_own(string given, int? port, string? said)
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = new Dictionary<string, string> { ["ACTORSTREAM_METRICS_EXTRA_PORT"] = given } });

        Assert.Equal(port, reading.Settings?.Metrics.ExtraPort);
        Assert.Equal(said is null ? [] : [("actorstream.metrics.extra-port", said)], reading.Faults.Select(f => (f.Where, f.Allowed)));
    }

    [Fact]
    public void The_token_of_influxdb_comes_from_the_environment_and_is_never_shown()
    {
        Assert.Equal("ACTORSTREAM_INFLUXDB_TOKEN", SettingsTable.InfluxToken.EnvironmentName);

        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = new Dictionary<string, string> { ["ACTORSTREAM_INFLUXDB_TOKEN"] = "tell-nobody" } });

        Assert.Empty(reading.Faults);
        Assert.Equal("Token tell-nobody", reading.Settings!.InfluxToken.Authorization(isV2: true));
        Assert.DoesNotContain("tell-nobody", string.Join(' ', reading.Effective) + reading.Settings, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_no_header_can_hold_is_refused_without_being_shown()
    {
        var reading = NodeSettingsReader.Read(SettingsInput.Empty with { Environment = new Dictionary<string, string> { ["ACTORSTREAM_INFLUXDB_TOKEN"] = "tell\nnobody" } });

        Assert.DoesNotContain("nobody", Assert.Single(reading.Faults).ToString(), StringComparison.Ordinal);
    }
}
