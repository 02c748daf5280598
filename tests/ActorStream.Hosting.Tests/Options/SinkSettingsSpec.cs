using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class SinkSettingsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-sinks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_metrics_sink_is_refused_at_the_start_where_metrics_lie_in_kafka()
    {
        var pipeline = Path.Combine(_folder, "p1.json");
        File.WriteAllText(pipeline, """{"source":{"type":"topic","topic":"t"},"windows":[{"type":"tumbling","size_ms":1000}],"sinks":[{"type":"console"},{"type":"metrics","name":"m","target":"p1.avg"}]}""");
        var embedded = new Dictionary<string, IReadOnlyList<string>> { [SettingsTable.Pipelines.Key] = [pipeline] };
        var kafka = new Dictionary<string, IReadOnlyList<string>>(embedded) { [SettingsTable.TopicsBackend.Key] = ["kafka"], [SettingsTable.KafkaServers.Key] = ["127.0.0.1:9092"] };

        Assert.Empty(NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = embedded }).Faults);
        var fault = Assert.Single(NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = kafka }).Faults);

        Assert.Equal(SettingsTable.Pipelines.Key, fault.Where);
        Assert.Contains("Take sink m out of pipeline p1", fault.Allowed, StringComparison.Ordinal);
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
