using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorStream.Scenarios.Support;
using ActorStream.Scenarios.Windows;
using ActorStream.Storage.Contracts;

namespace ActorStream.Scenarios.Joins;

/// <summary>Compares what a join said, in its topic, its file and the table, and what it counted, with a plain loop over both logs.</summary>
internal sealed class JoinAudit(ITestOutputHelper output, INodeStorage storage, string folder)
{
    /// <summary>Returns the rows of the topic.</summary>
    public RowLog Check(JoinPipeline pipeline, PlainRows plain, JsonNode stats)
    {
        var topic = new RowLog(pipeline.Id, Values(pipeline));
        output.WriteLine($"{pipeline.Id}: {plain.Rows.Count} rows due, {plain.Rows.Values.Count(r => r.Right is null)} of them single, {topic.Lines} lines in the topic, {topic.Retracted.Count()} retractions; {plain.Books}");
        CompareRows($"topic of {pipeline.Id}", plain.Rows, topic.Final);
        Assert.Equal(topic.Lines, WindowAudit.CompareFile(Values(pipeline), pipeline.OutputIn(folder)));
        CompareRows($"file of {pipeline.Id}", plain.Rows, new RowLog(pipeline.Id, File.ReadLines(pipeline.OutputIn(folder))).Final);
        CompareTable(pipeline, topic);
        CompareBooks(plain.Books, stats["books"]!);
        return topic;
    }

    public static void CompareRows(string where, Dictionary<string, Joined> due, Dictionary<string, Joined> said)
    {
        var missing = due.Keys.Where(id => !said.ContainsKey(id)).Take(5).ToList();
        var foreign = said.Keys.Where(id => !due.ContainsKey(id)).Take(5).ToList();
        var other = due.Where(w => said.TryGetValue(w.Key, out var row) && row != w.Value).Take(5).Select(w => $"{w.Key}: {said[w.Key]} instead of {w.Value}").ToList();
        Assert.True(missing.Count + foreign.Count + other.Count == 0, $"{where}: missing {string.Join(", ", missing)}; foreign {string.Join(", ", foreign)}; other {string.Join("; ", other)}");
    }

    /// <summary>The last word of every row, those that were taken back included.</summary>
    private void CompareTable(JoinPipeline pipeline, RowLog topic)
    {
        var rows = storage.Results.List(pipeline.Id, int.MaxValue).ToDictionary(r => r.WindowId);
        Assert.Equal(topic.Last.Count, rows.Count);
        Assert.Empty(topic.Last.Where(w => !rows.TryGetValue(w.Key, out var row) || !IsSame(row, w.Value)).Take(5).Select(w => $"{w.Key}: {rows.GetValueOrDefault(w.Key)} instead of {w.Value}"));
    }

    private static bool IsSame(ResultRow row, LastRow last)
    {
        var said = last.Row;
        var (count, eventTime) = last.IsRetracted ? (0, (long?)null) : (said.Right is null ? 1 : 2, Math.Max(said.LeftMs, said.RightMs ?? said.LeftMs));
        return (row.Revision, row.IsRetracted, row.Count, row.EventTimeMs, row.MergedInto) == (last.Revision, last.IsRetracted, count, eventTime, null)
            && RowLog.RowIn(JsonDocument.Parse(row.Data).RootElement, row.StartMs, row.EndMs, row.Key) == said;
    }

    private static void CompareBooks(PlainBooks plain, JsonNode books) => Assert.Equal(
        (plain.OnTime + plain.LateAccepted + plain.LateRejected, plain.OnTime, plain.LateAccepted, plain.LateRejected, 0),
        ((long)books["in"]!, (long)books["on_time"]!, (long)books["late_accepted"]!, (long)books["late_rejected"]!, (long)books["refused"]!));

    private IEnumerable<string> Values(JoinPipeline pipeline) => TopicLog.Read(storage.Topics, pipeline.Results).Select(r => Encoding.UTF8.GetString(r.Value));
}
