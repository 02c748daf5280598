using System.Globalization;
using System.Text.Json;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Notices;

/// <summary>What a receiver's answer means. The status decides; a body is read only where it says something, and never more of it than it takes.</summary>
/// <remarks>Pauses are rounded up: never a request earlier than allowed.</remarks>
internal sealed class AnswerReader(TimeProvider time, GlobalLimit global, TimeSpan patience)
{
    private const int BodyBytesMax = 131_072;
    private const int MessageIdDigitsMax = 20;
    private const double PauseSecondsMax = 365 * 86_400;

    // Discord's own error codes.
    private const int UnknownMessage = 10_008;
    private const int UnknownWebhook = 10_015;

    public async Task<NoticeAnswer> ReadAsync(NoticeAttempt attempt, HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        var said = $"the receiver answered {status}";
        return status switch
        {
            >= 200 and < 300 => new NoticeAnswer(AttemptOutcome.Delivered, said) { Budget = BudgetOf(attempt, answer), MessageId = attempt.WantsMessageId ? await MessageIdAsync(answer).ConfigureAwait(false) : null },
            429 => await LimitedAsync(attempt, answer).ConfigureAwait(false),
            404 when attempt.EditedMessage is not null => await NotFoundAsync(attempt, answer).ConfigureAwait(false),
            401 or 403 or 404 or 410 => new NoticeAnswer(null, said),
            408 or >= 500 => new NoticeAnswer(AttemptOutcome.Unknown, said) { RetryAfterMs = HeaderRetryAfter(answer), Budget = BudgetOf(attempt, answer) },
            _ => new NoticeAnswer(AttemptOutcome.Refused, said) { Budget = BudgetOf(attempt, answer) },
        };
    }

    /// <summary>What is asked for in the body is exact, the header is rounded to seconds.</summary>
    private async Task<NoticeAnswer> LimitedAsync(NoticeAttempt attempt, HttpResponseMessage answer)
    {
        using var body = await BodyAsync(answer).ConfigureAwait(false);
        var pauseMs = NumberOf(body, "retry_after") is { } seconds ? ToMs(seconds) : HeaderRetryAfter(answer);
        var isGlobal = attempt.Receiver == ReceiverKind.Discord && IsGlobal(answer, body);
        if (isGlobal && pauseMs is { } ms)
            global.WaitUntil(time.GetUtcNow().ToUnixTimeMilliseconds() + 1 + ms);
        var asked = pauseMs is { } told ? string.Create(CultureInfo.InvariantCulture, $" and asks for a pause of {told} ms{(isGlobal ? " of every webhook" : "")}") : "";
        // A pause of nothing is no statement: without a backoff it would be a loop.
        return new NoticeAnswer(AttemptOutcome.NotTaken, $"the receiver answered 429{asked}") { RetryAfterMs = pauseMs > 0 ? pauseMs : null, Budget = BudgetOf(attempt, answer) };
    }

    /// <summary>Of an edit: the webhook is gone, or only the message. What is neither is asked again by an ordinary message, whose answer is plain.</summary>
    private async Task<NoticeAnswer> NotFoundAsync(NoticeAttempt attempt, HttpResponseMessage answer)
    {
        using var body = await BodyAsync(answer).ConfigureAwait(false);
        return NumberOf(body, "code") switch
        {
            UnknownWebhook => new NoticeAnswer(null, $"the receiver answered 404: unknown webhook ({UnknownWebhook})"),
            UnknownMessage => new NoticeAnswer(AttemptOutcome.MessageGone, $"the receiver answered 404: unknown message ({UnknownMessage}); a new one is sent") { Budget = BudgetOf(attempt, answer) },
            _ => new NoticeAnswer(AttemptOutcome.MessageGone, "the receiver answered 404 to an edit; a new message is sent") { Budget = BudgetOf(attempt, answer) },
        };
    }

    /// <summary>Null: not said, or no number.</summary>
    private async Task<string?> MessageIdAsync(HttpResponseMessage answer)
    {
        using var body = await BodyAsync(answer).ConfigureAwait(false);
        return MemberOf(body, "id") is { ValueKind: JsonValueKind.String } id && id.GetString() is { Length: > 0 and <= MessageIdDigitsMax } text && text.All(char.IsAsciiDigit) ? text : null;
    }

    /// <summary>Null: none that is JSON came in time. Not every answer comes from the receiver itself.</summary>
    private async Task<JsonDocument?> BodyAsync(HttpResponseMessage answer)
    {
        using var enough = new CancellationTokenSource(patience, time);
        try
        {
            await answer.Content.LoadIntoBufferAsync(BodyBytesMax, enough.Token).ConfigureAwait(false);
            return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(enough.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static RateBudget? BudgetOf(NoticeAttempt attempt, HttpResponseMessage answer) =>
        attempt.Receiver == ReceiverKind.Discord && Number(answer, "X-RateLimit-Remaining") is >= 0 and <= int.MaxValue and var remaining && Number(answer, "X-RateLimit-Reset-After") is { } after
            ? new RateBudget((int)remaining, ToMs(after))
            : null;

    private static bool IsGlobal(HttpResponseMessage answer, JsonDocument? body) =>
        MemberOf(body, "global") is { ValueKind: JsonValueKind.True } || Said(answer, "X-RateLimit-Global") == "true" || Said(answer, "X-RateLimit-Scope") == "global";

    private long? HeaderRetryAfter(HttpResponseMessage answer) =>
        Number(answer, "Retry-After") is { } seconds ? ToMs(seconds) : answer.Headers.RetryAfter?.Date is { } at ? (long)Math.Ceiling(Math.Max(0, (at - time.GetUtcNow()).TotalMilliseconds)) : null;

    private static double? Number(HttpResponseMessage answer, string header) =>
        double.TryParse(Said(answer, header), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static string? Said(HttpResponseMessage answer, string header) => answer.Headers.TryGetValues(header, out var values) ? values.First().Trim().ToLowerInvariant() : null;

    private static double? NumberOf(JsonDocument? body, string name) =>
        MemberOf(body, name) is { ValueKind: JsonValueKind.Number } member && member.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static JsonElement? MemberOf(JsonDocument? body, string name) =>
        body?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var member) ? member : null;

    private static long ToMs(double seconds) => (long)Math.Ceiling(Math.Clamp(seconds, 0, PauseSecondsMax) * 1000);
}
