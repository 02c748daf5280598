using System.Net;
using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Rules;

public sealed class WebhookPolicySpec
{
    private static readonly WebhookPolicy Wide = new(["discord.com", "hooks.example.org:8443", "127.0.0.1:9000", "[::1]:9001", "localhost:9002", "127.0.0.1:443"]);

    [Theory]
    [InlineData("https://discord.com/api/webhooks/1/t")]
    [InlineData("https://discordapp.com/api/webhooks/1/t?wait=true")]
    [InlineData("HTTPS://Discord.COM/api/webhooks/1/t")]
    [InlineData("https://discord.com:443/api/webhooks/1/t")]
    [InlineData("https://discord.com/a@b")]
    public void The_default_list_permits(string url) => Assert.Null(WebhookPolicy.Default.Refuse(url));

    [Theory]
    [InlineData("https://hooks.example.org:8443/x")]
    [InlineData("http://127.0.0.1:9000/x")]
    [InlineData("https://127.0.0.1:9000/x")]
    [InlineData("http://[::1]:9001/x")]
    [InlineData("https://localhost:9002/x")]
    [InlineData("https://127.0.0.1/x")]
    public void A_list_with_ports_and_loopback_addresses_permits(string url)
    {
        Assert.Null(Wide.Refuse(url));
        Assert.NotNull(Wide.EntryFor(new Uri(url)));
    }

    [Theory]
    [InlineData("http://discord.com/api", "scheme")]
    [InlineData("http://discord.com:443/api", "scheme")]
    [InlineData("ftp://discord.com/api", "scheme")]
    [InlineData("https://discord.com:8443/api", "port 8443")]
    [InlineData("https://discord.com.evil.example/api", "'discord.com.evil.example'")]
    [InlineData("https://evildiscord.com/api", "'evildiscord.com'")]
    [InlineData("https://cdn.discord.com/api", "'cdn.discord.com'")]
    [InlineData("https://discord.com./api", "allow-list")]
    [InlineData("https://discord.com@evil.example/api", "'evil.example'")]
    [InlineData("https://user:secret-token@discord.com/api", "user name")]
    [InlineData("https://@discord.com/api", "user name")]
    [InlineData("https://discord%2ecom/api", "")]
    [InlineData("https://ｄiscord.com/api", "allow-list")]
    [InlineData("https://dіscord.com/api", "'xn--dscord-pvf.com'")]
    [InlineData("https://discord。com/api", "allow-list")]
    [InlineData("https://discord.com:/api", "allow-list")]
    [InlineData("https://discord.com\\@evil.example/api", "backslash")]
    [InlineData("https:\\\\discord.com/api", "backslash")]
    [InlineData(" https://discord.com/api", "blank")]
    [InlineData("https://dis\tcord.com/api", "control")]
    [InlineData("https:discord.com/api", "absolute")]
    [InlineData("https:///discord.com/api", "absolute")]
    [InlineData("//discord.com/api", "absolute")]
    [InlineData("/api", "absolute")]
    [InlineData("discord.com/api", "absolute")]
    [InlineData("javascript:alert(1)", "absolute")]
    [InlineData("", "missing")]
    [InlineData(null, "missing")]
    [InlineData("https://127.0.0.1/api", "'127.0.0.1'")]
    [InlineData("https://[::ffff:162.159.128.233]/api", "allow-list")]
    [InlineData("file:///etc/passwd", "absolute")]
    public void The_default_list_refuses(string? url, string hint)
    {
        var refusal = WebhookPolicy.Default.Refuse(url);

        Assert.Contains(hint, Assert.IsType<string>(refusal), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://hooks.example.org/x")]
    [InlineData("http://hooks.example.org:8443/x")]
    [InlineData("http://localhost:9002/x")]
    [InlineData("http://127.0.0.1:9003/x")]
    [InlineData("http://127.0.0.1/x")]
    [InlineData("http://127.1:9000/x")]
    [InlineData("http://0x7f.0.0.1:9000/x")]
    [InlineData("http://2130706433:9000/x")]
    [InlineData("http://0177.0.0.1:9000/x")]
    [InlineData("http://127.0.0.2:9000/x")]
    [InlineData("http://[0:0:0:0:0:0:0:1]:9001/x")]
    [InlineData("http://[::ffff:127.0.0.1]:9000/x")]
    [InlineData("http://[::1%25eth0]:9001/x")]
    [InlineData("http://user@127.0.0.1:9000/x")]
    [InlineData("ws://127.0.0.1:9000/x")]
    public void A_list_with_ports_and_loopback_addresses_refuses(string url)
    {
        Assert.NotNull(Wide.Refuse(url));
        Assert.Null(Wide.EntryFor(new Uri(url)));
    }

    [Fact]
    public void A_refusal_holds_the_host_the_list_and_the_remedy()
    {
        var refusal = WebhookPolicy.Default.Refuse("https://internal.example:8080/api/webhooks/1/secret-token");

        Assert.Equal("The webhook host 'internal.example:8080' is not on the allow-list (discord.com, discordapp.com); use one of these or add it to the list of webhook hosts.", refusal);
    }

    [Fact]
    public void Without_a_key_a_receiver_of_json_is_refused_with_the_setting_and_discord_is_not()
    {
        const string url = "https://discord.com/hook";

        Assert.Equal(
            "A receiver of JSON (webhook_url) needs a key to sign with; set webhooks.signing-key on every node, or use discord_webhook_url.", WebhookPolicy.Default.Refuse(url, ReceiverKind.Json));
        Assert.Null(WebhookPolicy.Default.Refuse(url, ReceiverKind.Discord));
        Assert.Null(new WebhookPolicy(WebhookPolicy.DefaultHosts) { CanSign = true }.Refuse(url, ReceiverKind.Json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://discord.com")]
    [InlineData("discord.com/")]
    [InlineData("discord.com:")]
    [InlineData("discord.com:0")]
    [InlineData("discord.com:65536")]
    [InlineData("*.discord.com")]
    [InlineData("user@discord.com")]
    [InlineData("::1")]
    [InlineData("127.1:9000")]
    [InlineData("a b")]
    public void An_entry_that_is_no_host_is_refused_by_name(string entry)
    {
        var error = Assert.Throws<ArgumentException>(() => new WebhookPolicy(["discord.com", entry]));

        Assert.StartsWith($"'{entry}' in the list", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("162.159.128.233", "discord.com", true)]
    [InlineData("2606:4700::1", "discord.com", true)]
    [InlineData("::ffff:162.159.128.233", "discord.com", true)]
    [InlineData("127.0.0.1", "discord.com", false)]
    [InlineData("127.0.0.1", "localhost:9002", false)]
    [InlineData("127.0.0.1", "127.0.0.1:9000", true)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1:9000", true)]
    [InlineData("127.0.0.2", "127.0.0.1:9000", false)]
    [InlineData("::1", "[::1]:9001", true)]
    [InlineData("::1", "127.0.0.1:9000", false)]
    [InlineData("10.0.0.1", "10.0.0.1:9000", false)]
    [InlineData("0.0.0.0", "discord.com", false)]
    [InlineData("10.1.2.3", "discord.com", false)]
    [InlineData("172.16.0.1", "discord.com", false)]
    [InlineData("172.31.255.255", "discord.com", false)]
    [InlineData("172.32.0.1", "discord.com", true)]
    [InlineData("192.168.1.1", "discord.com", false)]
    [InlineData("::ffff:192.168.1.1", "discord.com", false)]
    [InlineData("169.254.169.254", "discord.com", false)]
    [InlineData("100.64.0.1", "discord.com", false)]
    [InlineData("100.128.0.1", "discord.com", true)]
    [InlineData("224.0.0.1", "discord.com", false)]
    [InlineData("240.0.0.1", "discord.com", false)]
    [InlineData("255.255.255.255", "discord.com", false)]
    [InlineData("198.18.0.1", "discord.com", false)]
    [InlineData("::", "discord.com", false)]
    [InlineData("fe80::1", "discord.com", false)]
    [InlineData("fc00::1", "discord.com", false)]
    [InlineData("fd12::1", "discord.com", false)]
    [InlineData("ff02::1", "discord.com", false)]
    [InlineData("64:ff9b::a00:1", "discord.com", false)]
    [InlineData("2002:a00:1::", "discord.com", false)]
    [InlineData("2001::1", "discord.com", false)]
    [InlineData("2001:db8::1", "discord.com", false)]
    public void A_resolved_address_must_be_public_or_the_loopback_that_the_entry_names(string address, string entry, bool allowed) =>
        Assert.Equal(allowed, WebhookPolicy.IsAddressAllowed(IPAddress.Parse(address), entry));
}
