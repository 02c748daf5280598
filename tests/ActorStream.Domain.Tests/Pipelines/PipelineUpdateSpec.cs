using ActorStream.Domain.Joins;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;
using Xunit;

namespace ActorStream.Domain.Tests.Pipelines;

public sealed class PipelineUpdateSpec
{
    private static readonly PipelineSpec Orders = new(
        "orders", "orders", SourceSpec.OfTopic("orders-in"), new EventFields(), Plan(WindowSpec.Tumbling(10_000, 500), WindowSpec.Tumbling(60_000), WindowSpec.Session(30_000)), new WatermarkSpec(),
        [new SinkSpec(SinkKind.File, "out", "/tmp/out.jsonl"), new SinkSpec(SinkKind.Metrics, "m", "orders.avg")]);

    /// <summary>One change each, and what it does.</summary>
    private static readonly Dictionary<string, (Func<PipelineSpec, PipelineSpec> Change, string Steps)> Table = new()
    {
        ["nothing"] = (s => s with { Sinks = [.. s.Sinks], Version = 7 }, ""),
        ["name"] = (s => s with { Name = "all orders" }, "Keeps name: orders -> all orders"),
        ["source topic"] = (s => s with { Source = SourceSpec.OfTopic("other") }, "Refused source: topic orders-in -> topic other"),
        ["source kind"] = (s => s with { Source = SourceSpec.OfFiles("a.jsonl") }, "Refused source: topic orders-in -> file a.jsonl"),
        ["source ends"] = (s => s with { Source = s.Source with { IsBounded = true } }, "Refused source: topic orders-in -> topic orders-in, bounded"),
        ["source of Kafka"] = (s => s with { Source = SourceSpec.OfKafka("orders-in") }, "Refused source: topic orders-in -> kafka orders-in"),
        ["source made up"] = (s => s with { Source = SourceSpec.OfMock(new MockSpec(Count: 9)) }, "Refused source: topic orders-in -> mock 4 partitions, 100 keys, rate 1000, count 9, seed 1, out_of_order_ms 0, start 1767225600000, bounded"),
        ["join"] = (s => s with { Join = new JoinSpec("users", JoinType.Left, new EventFields("id")) }, "Refused join: none -> left with users, key id, time event_time, value value"),
        ["key"] = (s => s with { Fields = s.Fields with { Key = "user" } }, "Refused fields: key partition_key, time event_time, value value -> key user, time event_time, value value"),
        ["distinct"] = (s => s with { Fields = s.Fields with { Distinct = "ip" } }, "Refused fields: key partition_key, time event_time, value value -> key partition_key, time event_time, value value, distinct ip"),
        ["window added"] = (s => With(s, [.. s.Windows.Specs, WindowSpec.Sliding(60_000, 1_000)]), "Keeps windows.sliding:  -> sliding 60000 ms by 1000 ms"),
        ["window added before one of its type"] = (s => With(s, [WindowSpec.Session(5_000), .. s.Windows.Specs]), "Refused windows.session: session -> session-30000|Keeps windows.session:  -> session with a gap of 5000 ms"),
        ["window removed"] = (s => With(s, [s.Windows.Specs[0], s.Windows.Specs[1]]), "Drops windows.session: session with a gap of 30000 ms -> "),
        ["first window of its type removed"] = (s => With(s, [s.Windows.Specs[1], s.Windows.Specs[2]]), "Refused windows.tumbling: tumbling 10000 ms -> tumbling 60000 ms|Refused windows.tumbling-60000: tumbling-60000 -> tumbling"),
        ["second window of its type changed"] = (s => With(s, [s.Windows.Specs[0], WindowSpec.Tumbling(30_000), s.Windows.Specs[2]]), "Drops windows.tumbling-60000: tumbling 60000 ms -> |Keeps windows.tumbling-30000:  -> tumbling 30000 ms"),
        ["size of the only window of its type"] = (s => With(s, [s.Windows.Specs[0], s.Windows.Specs[1], WindowSpec.Session(9_000)]), "Refused windows.session: session with a gap of 30000 ms -> session with a gap of 9000 ms|Keeps windows.session:  -> session with a gap of 9000 ms"),
        ["order of windows of two types"] = (s => With(s, [s.Windows.Specs[2], s.Windows.Specs[0], s.Windows.Specs[1]]), "Keeps windows: tumbling, tumbling-60000, session -> session, tumbling, tumbling-60000"),
        ["more lateness"] = (s => With(s, [s.Windows.Specs[0] with { AllowedLatenessMs = 900 }, .. s.Windows.Specs.Skip(1)]), "Keeps windows.tumbling.allowed_lateness_ms: 500 -> 900"),
        ["less lateness"] = (s => With(s, [s.Windows.Specs[0] with { AllowedLatenessMs = 0 }, .. s.Windows.Specs.Skip(1)]), "Keeps windows.tumbling.allowed_lateness_ms: 500 -> 0"),
        ["aggregate"] = (s => s with { Windows = s.Windows with { Aggregates = AggregateKind.Last | AggregateKind.StdDev } }, "Refused aggregate: basic -> last, stddev"),
        ["quantiles that nobody asks for"] = (s => s with { Windows = s.Windows with { Quantiles = [0.9] } }, "Keeps quantiles: 0.5, 0.95, 0.99 -> 0.9"),
        ["emit"] = (s => s with { Windows = s.Windows with { Emit = EmitMode.Final } }, "Refused emit: update -> final"),
        ["results"] = (s => s with { Windows = s.Windows with { ResultsTopic = "elsewhere" } }, "Refused results: results.orders -> elsewhere"),
        ["bounds"] = (s => s with { Windows = s.Windows with { Bounds = new WindowBounds(5, 6, 7, AtBound.Refuse) } }, "Keeps bounds: 1000000 keys, 2000000 windows, 100000 late, at_bound wait -> 5 keys, 6 windows, 7 late, at_bound refuse"),
        ["watermark"] = (s => s with { Watermark = new WatermarkSpec(1, 2, true) { JumpMsMax = 3, AlignmentMs = 4 } }, "Keeps watermark: delay_ms 5000, idle_timeout_ms 30000, close_on_idle off, max_jump_ms 86400000, alignment_ms 0 -> delay_ms 1, idle_timeout_ms 2, close_on_idle on, max_jump_ms 3, alignment_ms 4"),
        ["key groups"] = (s => s with { KeyGroups = 3 }, "Refused key_groups: 64 -> 3"),
        ["checkpoint"] = (s => s with { CheckpointMs = 500 }, "Keeps checkpoint_ms: 1000 -> 500"),
        ["sink added"] = (s => s with { Sinks = [.. s.Sinks, new SinkSpec(SinkKind.Table, "t", "")] }, "Keeps sinks.t:  -> table"),
        ["sink that keeps rows for a time"] = (s => s with { Sinks = [.. s.Sinks, new SinkSpec(SinkKind.Table, "t", "") { KeepMs = 5 }] }, "Keeps sinks.t:  -> table keep_ms 5"),
        ["sink removed"] = (s => s with { Sinks = [s.Sinks[1]] }, "Keeps sinks.out: file /tmp/out.jsonl -> "),
        ["sink elsewhere"] = (s => s with { Sinks = [s.Sinks[0] with { Target = "/tmp/b.jsonl" }, s.Sinks[1]] }, "Refused sinks.out: file /tmp/out.jsonl -> file /tmp/b.jsonl"),
        ["sink of another type"] = (s => s with { Sinks = [new SinkSpec(SinkKind.Table, "out", ""), s.Sinks[1]] }, "Refused sinks.out: file /tmp/out.jsonl -> table"),
        ["field of a metrics sink"] = (s => s with { Sinks = [s.Sinks[0], s.Sinks[1] with { Field = ResultField.Max }] }, "Keeps sinks.m: metrics orders.avg avg -> metrics orders.avg max"),
    };

    public static TheoryData<string> Changes => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_change_says_what_it_does_to_the_state(string change)
    {
        var (make, expected) = Table[change];

        var update = PipelineUpdate.Compare(Orders, make(Orders), RetiredNames.None);

        Assert.Equal(expected, string.Join("|", update.Steps.Select(s => $"{s.Effect} {s.What}: {s.From} -> {s.To}")));
        Assert.Equal(expected.Length == 0, update.IsNothing);
        Assert.All(update.Steps, s => Assert.EndsWith(".", s.Why, StringComparison.Ordinal));
        Assert.All(update.Steps.Where(s => s.Effect == UpdateEffect.Refused), s => Assert.Contains("Give the ", s.Why, StringComparison.Ordinal));
    }

    [Fact]
    public void Quantiles_that_are_asked_for_are_fixed()
    {
        var sketches = Orders with { Windows = Orders.Windows with { Aggregates = AggregateKind.Quantiles } };

        Assert.Equal(UpdateEffect.Refused, PipelineUpdate.Compare(sketches, sketches with { Windows = sketches.Windows with { Quantiles = [0.9] } }, RetiredNames.None).Effect);
    }

    [Fact]
    public void What_drops_fits_only_when_somebody_says_so_and_what_is_refused_never()
    {
        var drops = PipelineUpdate.Compare(Orders, Table["window removed"].Change(Orders), RetiredNames.None);
        var refused = PipelineUpdate.Compare(Orders, Table["key groups"].Change(Table["window removed"].Change(Orders)), RetiredNames.None);

        Assert.Equal((false, true), (drops.Fits(mayDrop: false), drops.Fits(mayDrop: true)));
        Assert.Equal((false, false), (refused.Fits(mayDrop: false), refused.Fits(mayDrop: true)));
        Assert.True(PipelineUpdate.Nothing.Fits(mayDrop: false));
    }

    /// <summary>The pipeline had tumbling windows of 10 s, then of 60 s beside them, and now has sessions only.</summary>
    [Theory]
    [InlineData("another size", "Refused windows.tumbling: tumbling-10000 -> tumbling 20000 ms", 20_000)]
    [InlineData("one that had a name with its size", "Refused windows.tumbling: tumbling-10000 -> tumbling 60000 ms", 60_000)]
    [InlineData("another size first", "Refused windows.tumbling: tumbling-10000 -> tumbling 20000 ms|Keeps windows.tumbling-10000:  -> tumbling 10000 ms", 20_000, 10_000)]
    [InlineData("the same", "Keeps windows.tumbling:  -> tumbling 10000 ms", 10_000)]
    [InlineData("another size behind the same", "Keeps windows.tumbling:  -> tumbling 10000 ms|Keeps windows.tumbling-20000:  -> tumbling 20000 ms", 10_000, 20_000)]
    public void A_name_that_a_removed_window_had_is_given_to_no_other_window(string what, string expected, params int[] sizesMs)
    {
        var sessions = With(Orders, [WindowSpec.Session(30_000)]);
        var retired = RetiredNames.None.With(Orders.Windows, sessions.Windows);

        var update = PipelineUpdate.Compare(sessions, With(Orders, [.. sessions.Windows.Specs, .. sizesMs.Select(s => WindowSpec.Tumbling(s))]), retired);

        Assert.True(expected == string.Join("|", update.Steps.Select(s => $"{s.Effect} {s.What}: {s.From} -> {s.To}")), what);
        Assert.All(
            update.Steps.Where(s => s.Effect == UpdateEffect.Refused),
            s => Assert.Equal(
                "The name tumbling was that of tumbling-10000, which was removed, and results of both would have the same ids. Give the pipeline another id: it then begins with state of its own. "
                + $"Or list tumbling-10000 before it: this one is then called tumbling-{sizesMs[0]}.", s.Why));
    }

    [Fact]
    public void Names_are_retired_when_their_window_goes_and_stay_so()
    {
        var sessions = With(Orders, [WindowSpec.Session(30_000)]);

        var none = RetiredNames.None.With(Orders.Windows, With(Orders, [WindowSpec.Sliding(5, 1), .. Orders.Windows.Specs]).Windows);
        var gone = RetiredNames.None.With(Orders.Windows, sessions.Windows);
        var back = gone.With(sessions.Windows, Orders.Windows);
        var both = back.With(Orders.Windows, With(Orders, [WindowSpec.Tumbling(10_000), WindowSpec.Sliding(5, 1)]).Windows);

        Assert.Empty(none);
        Assert.Equal("tumbling=tumbling-10000", Show(gone));
        Assert.Equal("tumbling=tumbling-10000", Show(back));
        Assert.Equal("session=session-30000, tumbling=tumbling-10000", Show(both));

        static string Show(IEnumerable<KeyValuePair<string, string>> names) => string.Join(", ", names.Select(n => $"{n.Key}={n.Value}"));
    }

    /// <summary>A member that is added to a pipeline and not here would be changed beneath its state, unseen.</summary>
    [Fact]
    public void Every_member_of_a_pipeline_is_compared()
    {
        Assert.Equal(["CheckpointMs", "Fields", "Id", "Join", "KeyGroups", "Name", "ReaderGroup", "Sinks", "Source", "SourceName", "SourceTopics", "Version", "Watermark", "Windows"], MembersOf(typeof(PipelineSpec)));
        Assert.Equal(["Fields", "Topic", "Type"], MembersOf(typeof(JoinSpec)));
        Assert.Equal(["IsBounded", "Kind", "LogPartitions", "Mock", "Paths", "Topic"], MembersOf(typeof(SourceSpec)));
        Assert.Equal(["Distinct", "Key", "Time", "Value"], MembersOf(typeof(EventFields)));
        Assert.Equal(["AlignmentMs", "CloseOnIdle", "DelayMs", "IdleTimeoutMs", "JumpMsMax"], MembersOf(typeof(WatermarkSpec)));
        Assert.Equal(["Aggregates", "Bounds", "Emit", "PipelineId", "Quantiles", "ResultsTopic", "Specs"], MembersOf(typeof(WindowPlan)));
        Assert.Equal(["AllowedLatenessMs", "GapMs", "SizeMs", "SlideMs", "Type"], MembersOf(typeof(WindowSpec)));
        Assert.Equal(["Field", "KeepMs", "Kind", "Name", "Target"], MembersOf(typeof(SinkSpec)));
    }

    private static IEnumerable<string> MembersOf(Type type) => type.GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance).Select(p => p.Name).Order(StringComparer.Ordinal);

    private static WindowPlan Plan(params WindowSpec[] windows) => new("orders", windows, "results.orders");

    private static PipelineSpec With(PipelineSpec spec, WindowSpec[] windows) => spec with { Windows = Plan(windows) };
}
