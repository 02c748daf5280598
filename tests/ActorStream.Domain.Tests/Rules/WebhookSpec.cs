using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Rules;

public sealed class WebhookSpec
{
    [Theory]
    [InlineData("https://discord.com/api/webhooks/42/token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/webhooks/42/token/", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/webhooks/42/token/slack?wait=token#token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/v10/webhooks/42/token?thread_id=token", "https://discord.com/api/v10/webhooks/42/***")]
    [InlineData("https://discord.com//api//webhooks//42/token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://user:token@discord.com/api/webhooks/42/token", "https://discord.com/api/webhooks/42/***")]
    [InlineData("https://discord.com/api/webhooks/42", "https://discord.com/***")]
    [InlineData("https://discord.com/api/webhooks/42/", "https://discord.com/***")]
    [InlineData("https://discord.com/api/webhooks/token/token", "https://discord.com/***")]
    [InlineData("https://discord.com/api/webhooks/token", "https://discord.com/***")]
    [InlineData("https://discord.com/api/webhooks%2F42%2Ftoken", "https://discord.com/***")]
    [InlineData("https://discord.com/api/token/webhooks/42/token", "https://discord.com/***")]
    [InlineData("https://discord.com/api/vtoken/webhooks/42/token", "https://discord.com/***")]
    [InlineData("https://discord.com/api/v/webhooks/42/token", "https://discord.com/***")]
    [InlineData("https://DISCORD.com/api/WebHooks/42/token", "https://discord.com/***")]
    [InlineData("https://hooks.example.org:8443/services/T0/B0/token", "https://hooks.example.org:8443/***")]
    [InlineData("http://127.0.0.1:9000/hook/token", "http://127.0.0.1:9000/***")]
    [InlineData("https://discord.com?token=token", "https://discord.com/***")]
    [InlineData("https://discord.com", "https://discord.com/***")]
    [InlineData("ftp://discord.com/api/webhooks/42/token", "***")]
    [InlineData("mailto:token@discord.com", "***")]
    [InlineData("https://", "***")]
    [InlineData("token", "***")]
    [InlineData("", "***")]
    public void A_masked_webhook_shows_where_it_goes_and_no_token_however_odd_its_url(string url, string expected)
    {
        var masked = Webhook.Masked(url);

        Assert.Equal(expected, masked);
        Assert.DoesNotContain("token", masked, StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_of_a_webhook_is_stable()
    {
        // Written into topics: another value would break the order of what is under way.
        Assert.Equal("2a31c789", Webhook.KeyOf("https://discord.com/api/webhooks/1/t"));
        Assert.Equal(9, Webhook.GroupOf("https://discord.com/api/webhooks/1/t", 16));
    }
}
