using System.Globalization;
using ActorStream.Domain.Pipelines;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;

namespace ActorStream.Node.Run;

/// <summary>What a run says on standard error: a line that moves while it runs, and the books at its end.</summary>
internal sealed class RunReport(PipelineSpec spec, TextWriter error, TimeProvider time)
{
    private const int BarWidth = 30;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    private readonly long _startedAt = time.GetTimestamp();
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _shownAt;

    /// <param name="position">Bytes of all files, or events of a mock, that are committed.</param>
    public void Progress(long events, long position)
    {
        if (!_isTerminal || (_shownAt != 0 && time.GetElapsedTime(_shownAt) < Every))
            return;
        _shownAt = time.GetTimestamp();
        var total = spec.Source.Mock?.Count ?? spec.Source.Paths.Where(File.Exists).Sum(p => new FileInfo(p).Length);
        var share = total == 0 ? 0 : Math.Min(1, (double)position / total);
        var bar = new string('#', (int)(share * BarWidth)).PadRight(BarWidth, '.');
        error.Write(string.Create(CultureInfo.InvariantCulture, $"\r[{bar}] {share:P0} {events:N0} events, {events / Math.Max(0.001, time.GetElapsedTime(_startedAt).TotalSeconds):N0}/s "));
    }

    /// <param name="groups">Null: it was stopped before the end.</param>
    public async Task SummaryAsync(INodeStorage storage, IReadOnlyList<WindowGroupView>? groups, long events, TimeSpan took)
    {
        if (_isTerminal)
            await error.WriteLineAsync();
        var counters = storage.Commits.RowsOf(spec.ReaderGroup).Select(r => r.Row.Counters).ToList();
        if (groups is null)
        {
            await error.WriteLineAsync(Text($"stopped after {events:N0} events; the same command goes on from there, if --data names the same folder"));
            return;
        }
        await error.WriteLineAsync(Text(
            $"events: {counters.Sum(c => c.Records):N0} in = {groups.Sum(g => g.OnTime):N0} on time + {groups.Sum(g => g.LateAccepted):N0} late accepted + {groups.Sum(g => g.LateRejected):N0} late rejected + {counters.Sum(c => c.Unreadable):N0} unreadable"));
        await error.WriteLineAsync(Text($"windows: {groups.Sum(g => g.Completed):N0} completed, {groups.Sum(g => g.Rejections):N0} rejections of an event by a window"));
        await error.WriteLineAsync(Text($"results: {storage.Topics.StateOf(spec.Windows.ResultsTopic, 0).Head:N0} in {string.Join(", ", spec.Sinks.Select(s => s.Target.Length > 0 ? s.Target : s.Kind.ToString().ToLowerInvariant()))}"));
        await error.WriteLineAsync(Text($"time: {took.TotalSeconds:0.0} s with the start, {events / took.TotalSeconds:N0} events/s"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
