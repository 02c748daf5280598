using System.Text;
using ActorStream.Hosting.Options;
using Xunit;

namespace ActorStream.Hosting.Tests.Options;

public sealed class AuthSettingsSpec : IDisposable
{
    private const string Key = "thirty-two bytes are just enough";

    private readonly string _folder = Directory.CreateTempSubdirectory("as-auth-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_key_of_32_bytes_from_the_environment_is_taken_and_never_shown()
    {
        var reading = Read(("ACTORSTREAM_AUTH_MODE", "hs256"), ("ACTORSTREAM_AUTH_KEY", Key));

        Assert.Empty(reading.Faults);
        Assert.Equal(Key, Encoding.UTF8.GetString(reading.Settings!.Auth.Key.Span));
        Assert.Equal(("actorstream", true), (reading.Settings.Auth.Audience, reading.Settings.Auth.IsOn));
        Assert.DoesNotContain(Key, string.Join(' ', reading.Effective) + reading.Settings);
    }

    [Fact]
    public void A_key_of_31_bytes_is_refused_without_being_shown()
    {
        var fault = Assert.Single(Read(("ACTORSTREAM_AUTH_MODE", "hs256"), ("ACTORSTREAM_AUTH_KEY", Key[1..])).Faults);

        Assert.Equal(SettingsTable.AuthKey.Key, fault.Where);
        Assert.Contains("31", fault.Allowed);
        Assert.DoesNotContain(Key[1..], fault.ToString());
    }

    [Fact]
    public void A_key_on_the_command_line_is_refused_with_the_remedy()
    {
        var fault = Assert.Single(NodeSettingsReader.Read(SettingsInput.Empty with { CommandLine = new Dictionary<string, IReadOnlyList<string>> { [SettingsTable.AuthKey.Key] = [Key] } }).Faults);

        Assert.Contains("ACTORSTREAM_AUTH_KEY", fault.Allowed);
        Assert.DoesNotContain(Key, fault.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void A_key_file_holds_the_key_and_may_end_with_a_newline(string end)
    {
        var path = Path.Combine(_folder, "key");
        File.WriteAllText(path, Key + end);

        var reading = Read(("ACTORSTREAM_AUTH_MODE", "hs256"), ("ACTORSTREAM_AUTH_KEY_FILE", path));

        Assert.Equal(Key, Encoding.UTF8.GetString(reading.Settings!.Auth.Key.Span));
    }

    [Fact]
    public void A_missing_key_file_a_missing_key_and_a_missing_authority_are_faults_of_their_setting()
    {
        Assert.Equal(SettingsTable.AuthKeyFile.Key, Assert.Single(Read(("ACTORSTREAM_AUTH_KEY_FILE", Path.Combine(_folder, "none"))).Faults).Where);
        Assert.Equal(SettingsTable.AuthKey.Key, Assert.Single(Read(("ACTORSTREAM_AUTH_MODE", "hs256")).Faults).Where);
        Assert.Equal(SettingsTable.AuthAuthority.Key, Assert.Single(Read(("ACTORSTREAM_AUTH_MODE", "authority")).Faults).Where);
        Assert.Equal(SettingsTable.AuthMode.Key, Assert.Single(Read(("ACTORSTREAM_AUTH_MODE", "on")).Faults).Where);
    }

    [Theory]
    [InlineData("https://login.example.org/realm", 0)]
    [InlineData("http://127.0.0.1:8081", 0)]
    [InlineData("http://login.example.org", 1)]
    [InlineData("login.example.org", 1)]
    public void An_authority_is_asked_over_https_or_on_this_machine(string authority, int faults)
        => Assert.Equal(faults, Read(("ACTORSTREAM_AUTH_MODE", "authority"), ("ACTORSTREAM_AUTH_AUTHORITY", authority)).Faults.Count);

    [Fact]
    public void With_tokens_http_and_management_may_bind_beyond_loopback_and_remoting_may_not()
    {
        var faults = Read(
            ("ACTORSTREAM_AUTH_MODE", "hs256"), ("ACTORSTREAM_AUTH_KEY", Key),
            ("ACTORSTREAM_HTTP_URL", "http://0.0.0.0:8080"), ("ACTORSTREAM_MANAGEMENT_HOST", "0.0.0.0"), ("ACTORSTREAM_REMOTING_HOST", "10.0.0.1")).Faults;

        Assert.Equal(SettingsTable.RemotingHost.Key, Assert.Single(faults).Where);
    }

    [Theory]
    [InlineData("ACTORSTREAM_INGEST_MIN_FREE_DISK", "256 MiB", 0)]
    [InlineData("ACTORSTREAM_INGEST_MIN_FREE_DISK", "0B", 0)]
    [InlineData("ACTORSTREAM_INGEST_MIN_FREE_DISK", "1024GiB", 0)]
    [InlineData("ACTORSTREAM_INGEST_MIN_FREE_DISK", "1025GiB", 1)]
    [InlineData("ACTORSTREAM_INGEST_MIN_FREE_DISK", "256MB", 1)]
    [InlineData("ACTORSTREAM_INGEST_MAX_UNCOMMITTED_RECORDS", "999", 1)]
    [InlineData("ACTORSTREAM_HISTORY_RETENTION", "59s", 1)]
    public void Bounds_of_ingest_and_history_are_checked(string name, string value, int faults) => Assert.Equal(faults, Read((name, value)).Faults.Count);

    private static SettingsReading Read(params (string Name, string Value)[] environment)
        => NodeSettingsReader.Read(SettingsInput.Empty with { Environment = environment.ToDictionary(e => e.Name, e => e.Value) });
}
