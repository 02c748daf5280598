using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class KafkaSettingsSpec : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("as-kafka-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_a_word_topics_are_embedded()
    {
        Assert.Null(NodeSettingsReader.Read(SettingsInput.Empty).Settings!.Kafka);
    }

    [Fact]
    public void Client_settings_of_a_file_keep_their_dotted_names_and_no_value_is_shown()
    {
        var reading = FromFile("""
            actorstream {
              topics.backend = kafka
              kafka {
                bootstrap-servers = ["a:1", "b:2"]
                client {
                  security.protocol = SASL_SSL
                  sasl { mechanism = PLAIN, username = me, password = "tell-nobody" }
                  enable.ssl.certificate.verification = true
                }
              }
            }
            """);

        Assert.Empty(reading.Faults);
        var kafka = reading.Settings!.Kafka!;
        Assert.Equal(["a:1", "b:2"], kafka.Servers.Select(s => s.ToString()));
        Assert.Equal(("metrics", "rules", "murmur2_random"), (kafka.MetricsTopic, kafka.RulesTopic, kafka.Partitioner));
        Assert.Equal(
            ["enable.ssl.certificate.verification=true", "sasl.mechanism=PLAIN", "sasl.password=tell-nobody", "sasl.username=me", "security.protocol=SASL_SSL"],
            kafka.Client.Select(c => $"{c.Key}={c.Value}").Order(StringComparer.Ordinal));
        var shown = reading.Effective.Single(e => e.Key == SettingsTable.KafkaClient).ToString();
        Assert.Contains("sasl.password=***", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("tell-nobody", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_client_settings_does_not_show_them()
    {
        var reading = FromFile("""actorstream.kafka.client { group.id = mine, sasl.password = "tell-nobody" }""");

        Assert.DoesNotContain("tell-nobody", Assert.Single(reading.Faults).ToString(), StringComparison.Ordinal);
    }

    private SettingsReading FromFile(string text)
    {
        var file = Path.Combine(_folder, "test.hocon");
        File.WriteAllText(file, text);
        return NodeSettingsReader.Read(SettingsInput.Empty with { ConfigFile = file });
    }
}
