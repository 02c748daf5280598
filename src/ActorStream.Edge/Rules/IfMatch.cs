using System.Globalization;
using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ActorStream.Edge.Rules;

/// <summary>Versions of rules and pipelines as entity tags: the tag is the position of the last change in their log.</summary>
internal static class IfMatch
{
    private const int TagsMax = 10;
    private const string Rule = "rule";

    public static string TagOf(long position) => string.Create(CultureInfo.InvariantCulture, $"\"{position}\"");

    /// <summary>Null: no condition. Empty: no version that a rule can have. False: answered with 400.</summary>
    public static async ValueTask<(bool Good, IReadOnlyList<long>? Positions)> ReadAsync(HttpContext context, string what = Rule)
    {
        var header = context.Request.Headers.IfMatch;
        if (header.Count == 0)
            return (true, null);
        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count > TagsMax)
        {
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, $"If-Match is '{Problem.Excerpt(header.ToString())}'; give the ETag of the {what} with its quotes, at most {TagsMax} of them, or *.");
            return (false, null);
        }
        if (tags.Any(t => t.Equals(EntityTagHeaderValue.Any)))
            return (true, null);
        return (true, [.. tags.Where(t => !t.IsWeak).Select(PositionOf).OfType<long>()]);
    }

    public static Task RefuseAsync(HttpContext context, long? now, string what = Rule)
        => Problem.WriteAsync(context, StatusCodes.Status412PreconditionFailed, $"The {what} is not at the version that If-Match names ({Problem.Excerpt(context.Request.Headers.IfMatch.ToString())}){(now is { } position ? $"; this node knows {TagOf(position)}" : "")}: somebody else has changed it. GET it again, apply the change to what it says now, and send its new ETag.");

    private static long? PositionOf(EntityTagHeaderValue tag)
        => long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;
}
