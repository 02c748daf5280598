using System.Text.Json;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using Akka.Actor;

namespace ActorStream.Actors.Tests.Notices;

/// <summary>A message that was posted is edited when its alarm is over.</summary>
public sealed class EditedMessageSpec(ITestOutputHelper output) : ReceiverSpec(output)
{
    [Fact]
    public void A_resolve_patches_the_message_that_the_receiver_named_also_in_the_next_incarnation()
    {
        StandIn.Answer = Json(200, """{"id":"1234567890123456789"}""");
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        var post = StandIn.Next();
        Assert.Equal(("POST", "?wait=true"), (post.Method, post.Query));
        Settle(group);
        World.Kill(group);

        Tell(NewGroup(), Resolve(1, begun: 0));

        var patch = StandIn.Next();
        Assert.Equal(("PATCH", "/api/webhooks/1/token/messages/1234567890123456789", ""), (patch.Method, patch.Path, patch.Query));
        Assert.Equal("Alarm resolved", JsonDocument.Parse(patch.Body).RootElement.GetProperty("embeds")[0].GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("""{"message":"Unknown Message","code":10008}""")]
    [InlineData("not json")]
    public void A_message_that_is_gone_is_followed_by_a_new_one(string body)
    {
        StandIn.Answer = (c, _) => c.Request.Method == "PATCH" ? Json(404, body)(c, 0) : Json(200, """{"id":"77"}""")(c, 0);
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        Tell(group, Resolve(1, begun: 0));

        Assert.Equal(["POST", "PATCH", "POST"], new[] { StandIn.Next(), StandIn.Next(), StandIn.Next() }.Select(r => r.Method));
        Assert.Equal((2L, 0L), Delivered(group));
    }

    [Fact]
    public void An_edit_at_a_webhook_that_is_gone_makes_the_channel_dead()
    {
        StandIn.Answer = (c, _) => c.Request.Method == "PATCH" ? Json(404, """{"message":"Unknown Webhook","code":10015}""")(c, 0) : Json(200, """{"id":"77"}""")(c, 0);
        var group = NewGroup();
        Tell(group, Alarm(0) with { OnResolve = ResolveAction.Edit });
        Tell(group, Resolve(1, begun: 0));

        World.Reader.AwaitAssert(() => Assert.Contains("unknown webhook", Channel(group).DeadReason), TimeSpan.FromSeconds(20));
        Assert.Equal(2, StandIn.Count);
    }

    private AlarmRecord Resolve(int number, int begun) => Alarm(number) with { Kind = AlarmKind.Resolved, OnResolve = ResolveAction.Edit, Episode = Alarm(begun).Id };

    /// <summary>Completes when nothing is queued and the journal knows it.</summary>
    private void Settle(IActorRef actor)
    {
        Delivered(actor);
        var before = Events();
        Ask(actor);
        World.Reader.AwaitAssert(() => Assert.True(Events() > before), TimeSpan.FromSeconds(20));

        long Events() => World.Sql("SELECT max(sequence_number) FROM journal WHERE persistence_id = 'notice-group-0'");
    }
}
