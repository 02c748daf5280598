using System.Globalization;
using System.Net.Http.Headers;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Notices;

/// <summary>Attempts as HTTP requests.</summary>
internal static class NoticeRequests
{
    /// <summary>A new message, answered with the message that it became; or the change of one that is there.</summary>
    public static HttpRequestMessage ToDiscord(NoticeAttempt attempt)
    {
        var body = DiscordMessage.Build(attempt.Alarms);
        return attempt.EditedMessage is { } message
            ? Request(HttpMethod.Patch, WithPath(attempt.WebhookUrl, $"/messages/{message}"), body)
            : Request(HttpMethod.Post, attempt.WebhookUrl + (attempt.WebhookUrl.Contains('?') ? "&wait=true" : "?wait=true"), body);
    }

    /// <summary>Signed as Standard Webhooks 1.0 says. The alarm's id is the same in every repetition, so that a receiver can take it once.</summary>
    public static HttpRequestMessage ToJsonReceiver(NoticeAttempt attempt, SigningKey key, DateTimeOffset now)
    {
        var alarm = attempt.Alarms[0];
        var body = JsonMessage.Build(alarm);
        var seconds = now.ToUnixTimeSeconds();
        var request = Request(HttpMethod.Post, attempt.WebhookUrl, body);
        request.Headers.Add("webhook-id", alarm.Id.Text);
        request.Headers.Add("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", key.Sign(alarm.Id.Text, seconds, body.Span));
        request.Headers.Add("Idempotency-Key", alarm.Id.Text);
        return request;
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(method, url) { Content = content };
    }

    /// <summary>A webhook may carry a query (<c>?thread_id=</c>), which stays behind the path.</summary>
    private static string WithPath(string url, string path)
    {
        var end = url.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? url.TrimEnd('/') + path : url[..end].TrimEnd('/') + path + url[end..];
    }
}
