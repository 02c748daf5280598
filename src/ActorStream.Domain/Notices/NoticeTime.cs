using System.Globalization;
using ActorStream.Domain.Alarms;

namespace ActorStream.Domain.Notices;

/// <summary>Times of an alarm as messages write them: RFC 3339, UTC, milliseconds.</summary>
internal static class NoticeTime
{
    private static readonly long FirstMs = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LastMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The sample's own time; a sample may carry one that no calendar holds, then when it became durable.</summary>
    public static string Of(AlarmRecord alarm) => Text(alarm.TimeMs >= FirstMs && alarm.TimeMs <= LastMs ? alarm.TimeMs : alarm.AppendTimeMs);

    /// <summary>Clamped to what a calendar holds.</summary>
    public static string Text(long timeMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(timeMs, FirstMs, LastMs)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
