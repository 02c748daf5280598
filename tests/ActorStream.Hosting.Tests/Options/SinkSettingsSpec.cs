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
