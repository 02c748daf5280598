using System.Buffers;
using System.Globalization;
using System.Text;

namespace ActorStream.Wire.Topics;

/// <summary>A result as a point in InfluxDB's line protocol, with a newline: the measurement is the pipeline, the time the window's start in milliseconds.</summary>
/// <remarks>
/// Tags <c>key</c>, <c>window</c> and, where asked for, <c>revision</c>; fields <c>count, sum, min, max, avg</c>, what else the pipeline aggregates, <c>window_end</c> (epoch milliseconds) and <c>retracted</c>.
/// A retraction has <c>count</c> 0, <c>retracted</c> true and no values. Source: the reference of line protocol, InfluxDB 1.x and 2.x, and what 1.6 does. Neither can say a newline in a tag,
/// which becomes a space, nor a tag that ends with a backslash, which would take the comma behind it in: it gets a space more.
/// </remarks>
public static class ResultPoint
{
    /// <param name="revisionIsTag">Each revision is then a point of its own: without it a writer that was thought dead could put an old revision over a newer one (protocol.md A10).</param>
    public static void Write(ResultRecord result, bool revisionIsTag, IBufferWriter<byte> into)
    {
        Text(Escaped(result.PipelineId, ", "), into);
        // An empty tag is no line protocol: without the tag it is empty too.
        if (result.Key.Length > 0)
            Text($",key={Escaped(result.Key, ",= ")}", into);
        if (revisionIsTag)
            Text(string.Create(CultureInfo.InvariantCulture, $",revision={result.Revision}"), into);
        Text($",window={Escaped(result.WindowName, ",= ")} ", into);
        WriteFields(result, into);
        Text(string.Create(CultureInfo.InvariantCulture, $",window_end={result.EndMs}i,retracted={(result.IsRetracted ? "true" : "false")} {result.StartMs}\n"), into);
    }

    private static void WriteFields(ResultRecord result, IBufferWriter<byte> into)
    {
        var data = result.Data;
        Text(string.Create(CultureInfo.InvariantCulture, $"count={data.Count}i"), into);
        if (result.IsRetracted)
            return;
        Text(string.Create(CultureInfo.InvariantCulture, $",sum={data.Sum:R},min={data.Min:R},max={data.Max:R},avg={data.Avg:R}"), into);
        if (data.Last is { } last)
            Text(string.Create(CultureInfo.InvariantCulture, $",last={last:R}"), into);
        if (data.StdDev is { } deviation)
            Text(string.Create(CultureInfo.InvariantCulture, $",stddev={deviation:R}"), into);
        if (data.Distinct is { } distinct)
            Text(string.Create(CultureInfo.InvariantCulture, $",distinct={distinct}i"), into);
        for (var i = 0; i < result.QuantileNames.Count; i++)
            Text(string.Create(CultureInfo.InvariantCulture, $",quantile_{result.QuantileNames[i]}={data.Quantiles![i]:R}"), into);
    }

    private static string Escaped(string text, string special)
    {
        if (text.AsSpan().IndexOfAny(special) < 0 && text.AsSpan().IndexOfAny("\n\r") < 0 && !text.EndsWith('\\'))
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (special.Contains(c))
                escaped.Append('\\').Append(c);
            else if (c is '\n' or '\r')
                escaped.Append("\\ ");
            else
                escaped.Append(c);
        }
        if (text.EndsWith('\\'))
            escaped.Append("\\ ");
        return escaped.ToString();
    }

    private static void Text(string text, IBufferWriter<byte> into) => Encoding.UTF8.GetBytes(text, into);
}
