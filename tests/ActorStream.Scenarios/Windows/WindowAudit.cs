using System.Text;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Windows;

/// <summary>Compares what a pipeline said, in its topic, its file and the table, and what it counted, with a plain loop over the log.</summary>
internal sealed class WindowAudit(ITestOutputHelper output, INodeStorage storage, string folder)
{
    private long _letters;

    public void Check(WindowPipeline pipeline, EventLoad load, JsonNode stats)
    {
        var plain = pipeline.Plain(load.Appended);
        var topic = new ResultLog(Values(pipeline));
        var retracted = topic.Last.Values.Count(w => w.Said is null);
        output.WriteLine($"{pipeline.Id}: {plain.Windows.Count} windows due, {topic.Final.Count} in the topic in {topic.Lines} revisions, {retracted} retracted; {plain.Books}");
        CompareWindows(pipeline.Id, plain.Windows, topic.Final);
        Assert.Equal((topic.Lines, topic.Lines), (CompareFile(Values(pipeline), pipeline.OutputIn(folder)), ResultLog.OfFile(pipeline.OutputIn(folder)).Lines));
        CompareTable(pipeline, topic);
        CompareBooks(plain.Books, stats["books"]!);
        if (pipeline.IsOnce)
            Assert.Equal(plain.Windows.Count, topic.Lines);
        Assert.True(plain.Books is { LateAccepted: > 0, LateRejected: > 0 }, "The load holds late events, some within the lateness and some beyond it.");
        _letters += plain.Books.Letters;
    }

    /// <summary>After all pipelines: each late event is one dead letter of each, and there are no others.</summary>
    public void CheckLetters() => Assert.Equal(("late", _letters), Assert.Single(storage.DeadLetters.Counts().Select(c => (c.Key, c.Value))));

    /// <summary>The closing events came on time; they are no part of the plain loop.</summary>
    public static void CompareBooks(PlainBooks plain, JsonNode books)
    {
        var onTime = plain.OnTime + EventLoad.Partitions;
        Assert.Equal(
            (onTime + plain.LateAccepted + plain.LateRejected, onTime, plain.LateAccepted, plain.LateRejected, 0),
            ((long)books["in"]!, (long)books["on_time"]!, (long)books["late_accepted"]!, (long)books["late_rejected"]!, (long)books["refused"]!));
    }

    private static void CompareWindows(string pipeline, Dictionary<string, Said> due, Dictionary<string, Said> final)
    {
        var missing = due.Keys.Where(id => !final.ContainsKey(id)).Take(5).ToList();
        var foreign = final.Keys.Where(id => !due.ContainsKey(id)).Take(5).ToList();
        var other = due.Where(w => final.TryGetValue(w.Key, out var said) && said != w.Value).Take(5).Select(w => $"{w.Key}: {final[w.Key]} instead of {w.Value}").ToList();
        Assert.True(missing.Count + foreign.Count + other.Count == 0, $"{pipeline}: missing {string.Join(", ", missing)}; foreign {string.Join(", ", foreign)}; other {string.Join("; ", other)}");
    }

    /// <summary>Line by line: the record of the topic, and when the topic took it. Returns how many there are.</summary>
    public static int CompareFile(IEnumerable<string> topic, string path)
    {
        var lines = 0;
        using var file = File.ReadLines(path).GetEnumerator();
        foreach (var value in topic)
        {
            Assert.True(file.MoveNext(), $"{path} ends after {lines} lines, and the topic goes on with {value}");
            Assert.True(file.Current.StartsWith(value[..^1] + ",\"processing_time\":", StringComparison.Ordinal), $"Line {lines} of {path} is {file.Current}, and the topic says {value}");
            lines++;
        }
        Assert.False(file.MoveNext(), $"{path} goes on after {lines} lines, where the topic ends, with {file.Current}");
        return lines;
    }

    /// <summary>The last word of every id, those of retracted sessions included.</summary>
    private void CompareTable(WindowPipeline pipeline, ResultLog topic)
    {
        var rows = storage.Results.List(pipeline.Id, int.MaxValue).ToDictionary(
            r => r.WindowId, r => new LastWord(r.Revision, r.MergedInto is null ? new Said(r.StartMs, r.EndMs, r.Count, (long)r.Sum, (int)r.Min, (int)r.Max) : null));
        Assert.Equal(topic.Last.Count, rows.Count);
        Assert.Empty(topic.Last.Where(w => rows.GetValueOrDefault(w.Key) != w.Value).Take(5).Select(w => $"{w.Key}: {rows.GetValueOrDefault(w.Key)} instead of {w.Value}"));
    }

    private IEnumerable<string> Values(WindowPipeline pipeline) => TopicLog.Read(storage.Topics, pipeline.Results).Select(r => Encoding.UTF8.GetString(r.Value));
}
