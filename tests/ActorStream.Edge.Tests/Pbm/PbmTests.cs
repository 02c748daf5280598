using System.Net.Sockets;
using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Edge.Security;
using ActorStream.Edge.Tests.Support;
using ActorStream.Hosting.Options;
using ActorStream.Pbm;
using ActorStream.Storage.Contracts;

namespace ActorStream.Edge.Tests.Pbm;

public sealed class PbmTests : IAsyncLifetime
{
    private RunningEdge _edge = null!;

    public async Task InitializeAsync() => _edge = await RunningEdge.StartAsync();

    public Task DisposeAsync() => _edge.DisposeAsync().AsTask();

    [Fact]
    public async Task Cluster_show_lists_every_member_and_prints_unknown_for_what_did_not_answer()
    {
        var (code, output, error) = await RunAsync("cluster", "show");

        var rows = output.Split('\n');
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("ADDRESS", rows[0]);
        Assert.Contains("edge, worker", rows[1]);
        Assert.Contains("self, leader", rows[1]);
        Assert.Contains("unknown  unknown  unknown", System.Text.RegularExpressions.Regex.Replace(rows[2], " {2,}", "  "));
        Assert.DoesNotContain(" 0 ", rows[2]);
        Assert.Contains("akka://a@127.0.0.1:2 did not answer", rows[3]);
    }

    [Theory]
    [InlineData("cluster status", "Ready.")]
    [InlineData("sharding list", "readers  1        1        2")]
    [InlineData("sharding list", "alarms   2        unknown  unknown")]
    [InlineData("sharding list", "windows  1        2        2")]
    [InlineData("sharding show windows", "akka://a@127.0.0.1:1  1      1         orders/1")]
    [InlineData("cluster-sharding show readers", "alarms/metrics/0, alarms/metrics/1")]
    [InlineData("sharding show alarms", "akka://a@127.0.0.1:2  unknown  unknown   unknown")]
    [InlineData("sources show", "alarms  metrics  1          unknown               unknown    7     unknown  unknown")]
    [InlineData("alarms show disk/free.bytes", "disk/free.bytes")]
    [InlineData("dead-letters list", "unreadable  3")]
    public async Task A_command_prints_what_the_node_knows(string command, string expected)
    {
        var (code, output, error) = await RunAsync(command.Split(' '));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output);
    }

    [Theory]
    [InlineData("group-1  https://discord.com/api/webhooks/1/***  4        120        3          waiting             2023-11-14T22:13:20.250Z")]
    [InlineData("group-1  https://discord.com/api/webhooks/2/***  2        0          0          posting             -")]
    [InlineData("group-1  https://discord.com/api/webhooks/3/***  1        5          0          1 in doubt          now")]
    [InlineData("group-1  https://discord.com/api/webhooks/4/***  0        9          0          dead: answered 404  -")]
    [InlineData("group-1  https://discord.com/api/webhooks/5/***  0        6          0          idle                -")]
    [InlineData("group-2  unknown                                 unknown  unknown    unknown    unknown             unknown")]
    [InlineData("group-2 did not answer; what it holds is unknown.")]
    public async Task Notices_list_has_a_row_per_webhook_and_tells_unknown_from_nothing(string expected)
    {
        var (code, output, error) = await RunAsync("notices", "list");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output.Split('\n'));
        Assert.DoesNotContain("group-0", output);
    }

    [Theory]
    [InlineData("https://discord.com/api/webhooks/1/***  waiting   4        120        3          2023-11-14T22:13:20.250Z  -")]
    [InlineData("https://discord.com/api/webhooks/4/***  dead      0        9          0          -                         answered 404")]
    [InlineData("group-2 did not answer; what webhooks it holds is unknown.")]
    public async Task Webhooks_list_has_a_row_per_webhook(string expected)
    {
        var (code, output, error) = await RunAsync("webhooks", "list");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains(expected, output.Split('\n'));
    }

    [Fact]
    public async Task Alarms_explain_tells_an_alarm_from_its_sample_to_its_last_attempt()
    {
        var partition = new PartitionId("alarms", "metrics", 1, 0);
        var alarm = new AlarmRecord(AlarmId.Of(Guid.Empty, partition, 5), Guid.Empty, 17, "m", new SeriesKey([new("host", "a")]), new AppliedOffset(partition, 5), 600, ComparisonOperator.Greater, "500", 3_000, 3_500, "https://discord.com/api/webhooks/1/secret")
        {
            Evidence = new AlarmEvidence(600, null, 0, 3_000, RuleTrigger.Every, false, 0, CooldownScope.Rule, null, 1),
        };
        _edge.Node.Raised.Add(alarm);
        _edge.Node.Attempts.Add(new DeliveryRow(alarm.Id, 1, 4_000, 4_100, "delivered", "The receiver answered 200.", false));

        var (code, output, error) = await RunAsync("alarms", "explain", alarm.Id.Text);
        var unknown = await RunAsync("alarms", "explain", "nope");

        Assert.Equal((0, ""), (code, error));
        foreach (var part in new[] { alarm.Id.Text, "600 > 500 holds.", "host", "1970-01-01T00:00:04+00:00", "The receiver answered 200." })
            Assert.Contains(part, output);
        Assert.DoesNotContain("secret", output);
        Assert.Equal((1, ""), (unknown.Code, unknown.Output));
    }

    [Fact]
    public async Task A_token_is_taken_from_the_command_line_before_the_environment()
    {
        var auth = new AuthSettings(AuthMode.Hs256, new byte[32], null, "actorstream");
        await using var guarded = await RunningEdge.StartAsync(o => o with { Auth = auth });
        var node = guarded.Management.Authority;
        var good = AccessTokens.Make(auth, [Scopes.Read], TimeSpan.FromMinutes(1), "test", TimeProvider.System);

        var without = await RawAsync(node, "cluster", "status");
        var given = await RawAsync(node, "cluster", "status", "--token", good);
        var fromEnvironment = await RawAsync([node, "cluster", "status"], good);
        var both = await RawAsync([node, "cluster", "status", "--token", "wrong"], good);
        var leave = await RawAsync([node, "cluster", "leave"], good);
        var nonsense = await RawAsync(node, "cluster", "status", "--token", "two words");

        Assert.Equal((1, 0, 0, 1, 1, 2), (without.Code, given.Code, fromEnvironment.Code, both.Code, leave.Code, nonsense.Code));
        Assert.Contains("401", without.Error);
        Assert.Contains("'control'", leave.Error);
        Assert.DoesNotContain(good, given.Output + leave.Error);
        Assert.Empty(guarded.Node.Operations);
    }

    [Theory]
    [InlineData("warning: a file is in use\neyJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    [InlineData("two words")]
    [InlineData("n\u00f6")]
    public async Task What_is_no_token_in_the_environment_is_an_error_with_its_remedy_and_is_not_shown(string token)
    {
        var answer = await RawAsync([_edge.Management.Authority, "cluster", "status"], token);

        Assert.Equal((1, ""), (answer.Code, answer.Output));
        Assert.Contains("ACTORSTREAM_TOKEN", answer.Error);
        Assert.Contains("'actorstream token'", answer.Error);
        Assert.DoesNotContain(token, answer.Error);
    }

    [Fact]
    public async Task Notices_in_json_keep_the_silent_group_as_null()
    {
        var (code, output, _) = await RunAsync("notices", "list", "--json");

        var groups = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, code);
        Assert.Equal(0, groups[0].GetProperty("notices").GetProperty("channels").GetArrayLength());
        Assert.Equal(3, groups[1].GetProperty("notices").GetProperty("channels")[0].GetProperty("ambiguous").GetInt64());
        Assert.Equal(JsonValueKind.Null, groups[2].GetProperty("notices").ValueKind);
    }

    [Fact]
    public async Task A_strangers_escape_codes_and_our_own_never_reach_the_output()
    {
        var (_, output, _) = await RunAsync("dead-letters", "list");

        Assert.DoesNotContain('\u001b', output);
        Assert.Contains("[31m{", output);
    }

    [Fact]
    public async Task Json_prints_the_answer_whole_with_null_for_unknown()
    {
        var (code, output, _) = await RunAsync("cluster", "show", "--json");

        var members = JsonDocument.Parse(output).RootElement.GetProperty("members");
        Assert.Equal(0, code);
        Assert.Equal(2, members[0].GetProperty("shards").GetProperty("readers").GetInt32());
        Assert.Equal(JsonValueKind.Null, members[1].GetProperty("shards").ValueKind);
    }

    [Fact]
    public async Task A_long_value_is_neither_wrapped_nor_cut()
    {
        var name = new string('m', 180);

        var (_, output, _) = await RunAsync("alarms", "show", name);

        Assert.Contains($"metric              {name}\n", output);
    }

    [Theory]
    [InlineData("cluster leave", "leave ")]
    [InlineData("cluster leave akka://a@127.0.0.1:2", "leave akka://a@127.0.0.1:2")]
    [InlineData("cluster down akka://a@127.0.0.1:2", "down akka://a@127.0.0.1:2")]
    public async Task Operations_reach_the_node_with_their_address(string command, string operation)
    {
        var (code, output, _) = await RunAsync(command.Split(' '));

        Assert.Equal(0, code);
        Assert.NotEqual("", output.Trim());
        Assert.Equal([operation], _edge.Node.Operations);
    }

    [Fact]
    public async Task What_the_node_refuses_is_an_error_with_its_sentence()
    {
        var (code, output, error) = await RunAsync("cluster", "down", "akka://a@10.9.9.9:1");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("no member akka://a@10.9.9.9:1", error);
        Assert.Empty(_edge.Node.Operations);
    }

    [Fact]
    public async Task An_entity_that_does_not_answer_is_an_error_and_no_zero()
    {
        var (code, output, error) = await RunAsync("alarms", "show", "silent");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("unknown", error);
    }

    [Fact]
    public async Task Nothing_listening_is_said_clearly()
    {
        // A bound socket that does not listen keeps its port from others and refuses connections.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var node = silent.LocalEndPoint!.ToString()!;

        var (code, output, error) = await RawAsync(node, "cluster", "show");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains($"nothing listens at {node}", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cluster")]
    [InlineData("cluster nonsense")]
    [InlineData("cluster down")]
    [InlineData("alarms show")]
    [InlineData("nonsense:port cluster show")]
    [InlineData("127.0.0.1:70000 cluster show")]
    public async Task A_wrong_command_line_is_a_usage_error(string line)
    {
        var (code, output, error) = await RawAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("pbm: ", error);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] command) => RawAsync([$"127.0.0.1:{_edge.Management.Port}", .. command]);

    private static Task<(int Code, string Output, string Error)> RawAsync(params string[] args) => RawAsync(args, null);

    private static async Task<(int Code, string Output, string Error)> RawAsync(string[] args, string? token)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var code = await PbmApp.RunAsync(args, output, error, environmentToken: token);
        return (code, output.ToString(), error.ToString());
    }
}
