using System.Collections.Immutable;
using System.Globalization;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Pipelines;

/// <summary>What a step does to the state that a pipeline has; the greatest counts.</summary>
public enum UpdateEffect
{
    /// <summary>Nothing of it is touched.</summary>
    Keeps,

    /// <summary>A part of it is lost, which somebody has to want.</summary>
    Drops,

    /// <summary>It does not fit any more.</summary>
    Refused,
}

/// <param name="What">Member of the pipeline, as its JSON names it.</param>
/// <param name="From">Empty: it was not there.</param>
/// <param name="To">Empty: it is not there any more.</param>
/// <param name="Why">A sentence: what it means, and of what is refused the remedy.</param>
public sealed record UpdateStep(string What, string From, string To, UpdateEffect Effect, string Why);

/// <summary>How a running pipeline becomes another of the same id: step by step, and whether its state fits.</summary>
/// <param name="Steps">Empty: nothing changes.</param>
public sealed record PipelineUpdate(IReadOnlyList<UpdateStep> Steps)
{
    public static readonly PipelineUpdate Nothing = new([]);

    private const string AnotherId = "Give the pipeline another id: it then begins with state of its own.";

    public bool IsNothing => Steps.Count == 0;

    public UpdateEffect Effect => Steps.Select(s => s.Effect).DefaultIfEmpty(UpdateEffect.Keeps).Max();

    /// <param name="mayDrop">Somebody wants to lose what is lost.</param>
    public bool Fits(bool mayDrop) => Effect == UpdateEffect.Keeps || (mayDrop && Effect == UpdateEffect.Drops);

    /// <summary>Both without faults and of one id.</summary>
    /// <param name="retired">Names of windows that were removed before (<see cref="RetiredNames"/>).</param>
    public static PipelineUpdate Compare(PipelineSpec before, PipelineSpec after, ImmutableSortedDictionary<string, string> retired)
    {
        var steps = new StepList();
        steps.Add("name", before.Name, after.Name, UpdateEffect.Keeps, "It is only shown.");
        steps.Add("source", TextOf(before.Source), TextOf(after.Source), UpdateEffect.Refused, $"Positions and watermarks belong to what is read. {AnotherId}");
        steps.Add("join", TextOf(before.Join), TextOf(after.Join), UpdateEffect.Refused, $"What its windows hold was read from the topics it names, and joined so. {AnotherId}");
        steps.Add("fields", TextOf(before.Fields), TextOf(after.Fields), UpdateEffect.Refused, $"What its windows hold was read from other members of the events. {AnotherId}");
        if (before.Join is null || after.Join is null)
            steps.AddRange(WindowUpdate.Compare(before.Windows, after.Windows, retired, AnotherId));
        else
            steps.Add("windows", TextOf(before.Windows.Specs[0]), TextOf(after.Windows.Specs[0]), UpdateEffect.Refused, $"Which pairs are out already depends on it. {AnotherId}");
        steps.Add("aggregate", before.Windows.Aggregates, after.Windows.Aggregates, UpdateEffect.Refused, $"Its windows hold nothing from which the others could be told. {AnotherId}");
        var sketches = before.Windows.Aggregates.HasFlag(AggregateKind.Quantiles) && after.Windows.Aggregates.HasFlag(AggregateKind.Quantiles);
        steps.Add("quantiles", TextOf(before.Windows.Quantiles), TextOf(after.Windows.Quantiles), sketches ? UpdateEffect.Refused : UpdateEffect.Keeps, sketches ? $"Results of one topic would mean different things. {AnotherId}" : "It aggregates none.");
        steps.Add("emit", before.Windows.Emit, after.Windows.Emit, UpdateEffect.Refused, $"Which results are out already depends on it. {AnotherId}");
        steps.Add("results", before.Windows.ResultsTopic, after.Windows.ResultsTopic, UpdateEffect.Refused, $"Revisions of a window are in the order of one topic. {AnotherId}");
        steps.Add("bounds", TextOf(before.Windows.Bounds), TextOf(after.Windows.Bounds), UpdateEffect.Keeps, "What is above a lower bound stays; new keys and windows meet it.");
        steps.Add("watermark", TextOf(before.Watermark), TextOf(after.Watermark), UpdateEffect.Keeps, "It counts from here on; time never goes back.");
        steps.Add("key_groups", before.KeyGroups, after.KeyGroups, UpdateEffect.Refused, $"Keys are dealt to groups by it, and their state would be in another one. {AnotherId}");
        steps.Add("checkpoint_ms", before.CheckpointMs, after.CheckpointMs, UpdateEffect.Keeps, "Only how much a crash replays.");
        steps.AddRange(SinksOf(before.Sinks, after.Sinks));
        return new PipelineUpdate(steps.All);
    }

    private static IEnumerable<UpdateStep> SinksOf(IReadOnlyList<SinkSpec> before, IReadOnlyList<SinkSpec> after)
    {
        foreach (var sink in before.ExceptBy(after.Select(s => s.Name), s => s.Name))
            yield return new UpdateStep($"sinks.{sink.Name}", TextOf(sink), "", UpdateEffect.Keeps, "It writes nothing more; given again under its name it goes on where it was.");
        foreach (var sink in after.ExceptBy(before.Select(s => s.Name), s => s.Name))
            yield return new UpdateStep($"sinks.{sink.Name}", "", TextOf(sink), UpdateEffect.Keeps, "It begins with the oldest result that its topic still holds, or goes on where a sink of its name was.");
        foreach (var (was, now) in before.Join(after, s => s.Name, s => s.Name, (was, now) => (was, now)).Where(s => s.was != s.now))
        {
            var isOther = was.Kind != now.Kind || was.Target != now.Target;
            yield return new UpdateStep(
                $"sinks.{was.Name}", TextOf(was), TextOf(now), isOther ? UpdateEffect.Refused : UpdateEffect.Keeps,
                isOther ? "What it has written is known under its name and lies elsewhere. Give the sink another name." : now.Kind == SinkKind.Table ? "Rows are deleted by it from here on." : "Samples from here on say it.");
        }
    }

    private static string TextOf(SourceSpec source) =>
        $"{source.Kind.ToString().ToLowerInvariant()} {(source.Mock is { } mock ? TextOf(mock) : source.Topic.Length > 0 ? source.Topic : string.Join(", ", source.Paths))}{(source.IsBounded ? ", bounded" : "")}";

    private static string TextOf(MockSpec mock) =>
        $"{mock.Partitions} partitions, {mock.Keys} keys, rate {mock.Rate}, count {mock.Count}, seed {mock.Seed}, out_of_order_ms {mock.OutOfOrderMs}, start {mock.StartMs}";

    private static string TextOf(JoinSpec? join) => join is null ? "none" : $"{join.Type.ToString().ToLowerInvariant()} with {join.Topic}, {TextOf(join.Fields)}";

    private static string TextOf(WindowSpec spec) => $"{spec.Type.ToString().ToLowerInvariant()} size_ms {spec.SizeMs}, slide_ms {spec.SlideMs}, allowed_lateness_ms {spec.AllowedLatenessMs}";

    private static string TextOf(EventFields fields) => $"key {fields.Key}, time {fields.Time}, value {fields.Value}{(fields.Distinct is { } distinct ? $", distinct {distinct}" : "")}";

    private static string TextOf(IEnumerable<double> quantiles) => string.Join(", ", quantiles.Select(q => q.ToString("R", CultureInfo.InvariantCulture)));

    private static string TextOf(WindowBounds bounds) => $"{bounds.KeysMax} keys, {bounds.WindowsMax} windows, {bounds.LateMax} late, at_bound {bounds.AtBound.ToString().ToLowerInvariant()}";

    private static string TextOf(WatermarkSpec w) =>
        $"delay_ms {w.DelayMs}, idle_timeout_ms {w.IdleTimeoutMs}, close_on_idle {(w.CloseOnIdle ? "on" : "off")}, max_jump_ms {w.JumpMsMax}, alignment_ms {w.AlignmentMs}";

    private static string TextOf(SinkSpec sink) =>
        $"{sink.Kind.ToString().ToLowerInvariant()}{(sink.Target.Length > 0 ? $" {sink.Target}" : "")}{(sink.Kind == SinkKind.Metrics ? $" {sink.Field.ToString().ToLowerInvariant()}" : "")}{(sink.KeepMs > 0 ? $" keep_ms {sink.KeepMs}" : "")}";

    private sealed class StepList
    {
        private readonly List<UpdateStep> _all = [];

        public IReadOnlyList<UpdateStep> All => _all;

        public void Add<T>(string what, T from, T to, UpdateEffect effect, string why)
            where T : notnull
        {
            if (!from.Equals(to))
                _all.Add(new UpdateStep(what, Convert.ToString(from, CultureInfo.InvariantCulture)!.ToLowerInvariant(), Convert.ToString(to, CultureInfo.InvariantCulture)!.ToLowerInvariant(), effect, why));
        }

        public void Add(string what, string from, string to, UpdateEffect effect, string why)
        {
            if (from != to)
                _all.Add(new UpdateStep(what, from, to, effect, why));
        }

        public void AddRange(IEnumerable<UpdateStep> steps) => _all.AddRange(steps);
    }
}
