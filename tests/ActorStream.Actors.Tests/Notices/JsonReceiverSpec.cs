using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ActorStream.Actors.Notices;
using ActorStream.Actors.Tests.Support;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Tests.Notices;

/// <summary>A receiver of JSON: one signed alarm a request.</summary>
public sealed class JsonReceiverSpec(ITestOutputHelper output) : ReceiverSpec(output)
{
    [Fact]
    public void A_receiver_of_json_gets_one_signed_alarm_a_request_with_the_same_key_in_every_repetition()
    {
        StandIn.Answer = Json(500, "", then: 204);
        var group = NewGroup();

        Tell(group, Alarm(0) with { Receiver = ReceiverKind.Json }, Alarm(1) with { Receiver = ReceiverKind.Json });

        var received = new[] { StandIn.Next(), StandIn.Next(), StandIn.Next() };
        Assert.Equal(["metric-00", "metric-00", "metric-01"], received.Select(r => Assert.Single(r.Metrics)));
        Assert.All(received, r => Assert.Equal("", r.Query));
        foreach (var request in received)
            CheckSigned(request);
        Assert.Equal(Alarm(0).Id.Text, received[0].Headers["Idempotency-Key"]);
        Assert.Equal(received[0].Headers["webhook-id"], received[1].Headers["webhook-id"]);
        Assert.Equal((2L, 1L), Delivered(group));
    }

    [Fact]
    public void A_receiver_of_json_that_is_gone_is_dead()
    {
        StandIn.Answer = Json(410, "");
        var group = NewGroup();

        Tell(group, Alarm(0) with { Receiver = ReceiverKind.Json });

        World.Reader.AwaitAssert(() => Assert.Contains("410", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Without_a_key_nothing_goes_to_a_receiver_of_json_and_nothing_is_lost()
    {
        using var sender = new NoticeSender(new WebhookPolicy([$"127.0.0.1:{StandIn.Port}"]), null, TimeProvider.System);

        var answer = await sender.SendAsync(new NoticeAttempt(StandIn.Hook(1), [Alarm(0) with { Receiver = ReceiverKind.Json }]));

        Assert.Equal(AttemptOutcome.NotTaken, answer.Outcome);
        Assert.Contains("webhooks.signing-key", answer.Reason);
        Assert.Equal(0, StandIn.Count);
    }

    private static void CheckSigned(Received request)
    {
        var (id, seconds) = (request.Headers["webhook-id"], request.Headers["webhook-timestamp"]);
        var signed = Encoding.UTF8.GetBytes($"{id}.{seconds}.").Concat(request.Body).ToArray();

        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(KeyText), signed)), request.Headers["webhook-signature"]);
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(seconds, CultureInfo.InvariantCulture), 0, 60);
        Assert.Equal(id, JsonDocument.Parse(request.Body).RootElement.GetProperty("id").GetString());
    }
}
