using System.Globalization;
using ActorStream.Domain.Alarms;
using ActorStream.Edge.Errors;
using ActorStream.Storage.Contracts;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Views;

/// <summary>The query of <c>GET /alarms</c> as conditions, every fault of it at once.</summary>
internal sealed class AlarmQuestion(IQueryCollection query)
{
    private readonly List<string> _faults = [];

    /// <summary>Null: answered with 422.</summary>
    public static async ValueTask<AlarmQuery?> ReadAsync(HttpContext context)
    {
        if (await Reply.LimitOrRefuseAsync(context) is not { } limit)
            return null;
        var question = new AlarmQuestion(context.Request.Query);
        var read = question.Read(limit);
        if (question._faults.Count == 0)
            return read;
        await Problem.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, string.Join(" ", question._faults), question._faults);
        return null;
    }

    private AlarmQuery Read(int limit)
    {
        var read = new AlarmQuery(
            Value("metric"),
            One<Guid>("rule", t => Guid.TryParse(t, out var id) ? id : null, "the id of a rule, as GET /rules shows it"),
            One("state", KindOf, $"one of {string.Join(", ", AlarmWords.Kinds)}"),
            One("from", TimeOf, TimeMeaning),
            One("to", TimeOf, TimeMeaning),
            One<long>("before", t => long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null, "the number that the Link of the page before has"),
            limit);
        if (read.FromMs >= read.ToMs)
            _faults.Add("from is not before to, so no alarm can lie between; from is included, to is not.");
        return read;
    }

    private const string TimeMeaning = "an RFC 3339 time such as 2026-01-01T00:00:00Z, or epoch milliseconds";

    private T? One<T>(string name, Func<string, T?> parse, string allowed)
        where T : struct
    {
        if (Value(name) is not { } text)
            return null;
        if (query[name].Count == 1 && parse(text) is { } value)
            return value;
        _faults.Add($"{name} is '{Problem.Excerpt(text)}'; give {allowed}.");
        return null;
    }

    private string? Value(string name) => query[name].Count == 0 ? null : query[name].ToString();

    private static AlarmKind? KindOf(string text)
    {
        foreach (var kind in Enum.GetValues<AlarmKind>())
            if (AlarmWords.Of(kind) == text)
                return kind;
        return null;
    }

    private static long? TimeOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms))
            return ms;
        // A plus that nobody escaped arrives as a space.
        if (text.Length > 6 && text[^6] == ' ')
            text = $"{text[..^6]}+{text[^5..]}";
        var hasZone = text.EndsWith('Z') || text.EndsWith('z') || (text.Length > 6 && text[^6] is '+' or '-');
        string[] forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return hasZone && DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToUnixTimeMilliseconds() : null;
    }
}

/// <summary>How enums of alarms are spelled in answers.</summary>
internal static class AlarmWords
{
    public static readonly IReadOnlyList<string> Kinds = [.. Enum.GetValues<AlarmKind>().Select(Of)];

    public static string Of(AlarmKind kind) => kind switch
    {
        AlarmKind.Triggered => "triggered",
        AlarmKind.Resolved => "resolved",
        AlarmKind.Stale => "stale",
        AlarmKind.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no word for this kind"),
    };

    /// <summary>E.g. <c>made_at</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum
        => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
