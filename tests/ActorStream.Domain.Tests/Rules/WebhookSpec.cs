using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Rules;

public sealed class WebhookSpec
{
    [Theory]
    [InlineData("https://discord.com/api/webhooks/42/token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/v10/webhooks/42/token/slack?wait=true", "https://discord.com/api/v10/webhooks/42/***")]
    [InlineData("https://discord.com/api/webhooks/42", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/webhooks/token/token", "https://discord.com/***")]
    [InlineData("http://127.0.0.1:9000/hook/token", "http://127.0.0.1:9000/***")]
    [InlineData("https://user:token@discord.com/api/webhooks/42/token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/?token=token", "https://discord.com/***")]
    [InlineData("token", "***")]
    [InlineData("", "***")]
    public void A_masked_webhook_shows_where_it_goes_and_no_token(string url, string expected) => Assert.Equal(expected, Webhook.Masked(url));

    [Fact]
    public void The_key_of_a_webhook_is_stable()
    {
        // Written into topics: another value would break the order of what is under way.
        Assert.Equal("2a31c789", Webhook.KeyOf("https://discord.com/api/webhooks/1/t"));
        Assert.Equal(9, Webhook.GroupOf("https://discord.com/api/webhooks/1/t", 16));
    }
}
