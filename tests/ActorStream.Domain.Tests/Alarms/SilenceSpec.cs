using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary><c>stale_after</c>: offset = append time = sample time, in milliseconds.</summary>
public sealed class SilenceSpec
{
    private static readonly PartitionId P0 = new("alarms", "metrics", 1, 0);
    private static readonly PartitionId P1 = new("alarms", "metrics", 1, 1);
    private static readonly SeriesKey HostA = new([new("host", "a")]);
    private static readonly SeriesKey HostB = new([new("host", "b")]);

    private readonly RulesInHand _rules = new();
    private readonly OutputsInHand _outputs = new();
    private readonly AlarmState _state;

    public SilenceSpec() => _state = new AlarmState("cpu", _rules);

    [Fact]
    public void A_tick_after_the_time_tells_once_and_names_the_last_sample()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, 100, 200);

        Tick(P0, 1_199, Row(200));
        Assert.Empty(_outputs.Emitted);
        Tick(P0, 1_200, Row(200));
        Tick(P0, 9_000, Row(200));

        var (topic, _, alarm, cause) = Assert.Single(_outputs.Emitted);
        Assert.Equal((TopicNames.Alarms, AlarmKind.Stale, PartitionId.None), (topic, alarm.Kind, cause));
        Assert.Equal(AlarmId.OfSilence(_rules.Current.For("cpu")!.Rules[0].Rule.Id, P0, 200), alarm.Id);
        Assert.Equal((new AppliedOffset(P0, 200), 200L, 200L, 1.0), (alarm.Cause, alarm.TimeMs, alarm.AppendTimeMs, alarm.Value));
    }

    [Fact]
    public void The_next_sample_tells_of_the_silence_it_ends_unless_a_tick_has()
    {
        _rules.Put(Stale(1, 1_000));

        Take(P0, 100, 1_099, 2_099, 5_000);
        Tick(P0, 6_000, Row(5_000));
        Take(P0, 9_000);

        Assert.Equal([1_099L, 2_099, 5_000], _outputs.Emitted.Select(e => e.Alarm.Cause.Offset));
        Assert.Equal([2_099L, 5_000, PartitionId.None], _outputs.Emitted.Select(e => e.Cause));
    }

    [Fact]
    public void Each_rule_has_its_own_time_and_those_without_raise_stay_quiet_but_are_stale()
    {
        _rules.Put(Stale(1, 1_000)).Put(Stale(2, 3_000)).Put(Stale(3, 2_000) with { RaisesStale = false });
        Take(P0, 100);

        Tick(P0, 2_500, Row(100));
        Assert.Equal([1], _outputs.Emitted.Select(e => RuleOf(e.Alarm)));
        Tick(P0, 3_100, Row(100));

        Assert.Equal([1, 2], _outputs.Emitted.Select(e => RuleOf(e.Alarm)));
        Assert.Equal(3, Assert.Single(((AlarmStateChange)_state.CaptureAll()).Silence).Told.Count);
    }

    [Fact]
    public void Series_are_silent_each_for_itself()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, HostA, 100);
        Take(P0, HostB, 600);

        Tick(P0, 1_100, new DueSeries("host:a", 100), new DueSeries("host:b", 600));

        Assert.Equal(HostA, Assert.Single(_outputs.Emitted).Alarm.Series);
    }

    [Fact]
    public void Rows_are_written_for_the_last_sample_with_the_first_time_that_is_due()
    {
        _rules.Put(Stale(1, 3_000)).Put(Stale(2, 1_000));
        Take(P0, HostA, 100, 200);
        Take(P0, HostB, 300);

        _state.Capture();

        Assert.Equal([new DueChange(P0, "host:a", 200, 1_200), new DueChange(P0, "host:b", 300, 1_300)], _state.Due.TakeArms().OrderBy(r => r.Series));
        _state.Capture();
        Assert.Empty(_state.Due.TakeArms());
    }

    [Fact]
    public void Texts_of_different_series_are_different()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, new SeriesKey([new("a", "1,b:2")]), 100);
        Take(P0, new SeriesKey([new("a", "1"), new("b", "2")]), 200);
        Take(P0, new SeriesKey([new(@"a\", ":")]), 300);
        Take(P0, new SeriesKey([new(@"a\:", "")]), 400);

        _state.Capture();

        Assert.Equal(4, _state.Due.TakeArms().Select(r => r.Series).Distinct().Count());
    }

    [Fact]
    public void A_row_goes_after_what_was_told_is_taken_and_an_event_was_written_since()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, 100);
        Checkpoint();
        Tick(P0, 1_100, Row(100));
        Checkpoint();
        Assert.Empty(_state.Due.TakeDisarms());
        _outputs.IsEmpty = false;
        Tick(P0, 2_000, Row(100));
        Checkpoint();
        Assert.Empty(_state.Due.TakeDisarms());
        _outputs.IsEmpty = true;

        Tick(P0, 3_000, Row(100));
        _state.Capture();
        Assert.Empty(_state.Due.TakeDisarms());
        _state.Journaled();

        Assert.Equal(new DueChange(P0, "", 100, 0), Assert.Single(_state.Due.TakeDisarms()));
    }

    [Fact]
    public void A_row_that_comes_too_early_is_set_to_its_right_time()
    {
        _rules.Put(Stale(1, 1_000)).Put(Stale(2, 5_000));
        Take(P0, 100);
        Checkpoint();
        Tick(P0, 1_100, Row(100));
        Checkpoint();

        Tick(P0, 2_000, Row(100));
        _state.Capture();

        Assert.Equal(new DueChange(P0, "", 100, 5_100), Assert.Single(_state.Due.TakeArms()));
        Assert.Empty(_state.Due.TakeDisarms());
    }

    [Fact]
    public void A_row_of_a_sample_that_this_incarnation_does_not_know_decides_nothing()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, 100);
        Checkpoint();

        Tick(P0, 9_000, Row(500));
        Checkpoint();

        Assert.Empty(_outputs.Emitted);
        Assert.Empty(_state.Due.TakeDisarms());
    }

    [Fact]
    public void A_rule_that_is_gone_disabled_or_no_longer_watches_lets_go_of_its_rows()
    {
        var changes = new Action<Rule>[] { r => _rules.Delete(r.Id), r => _rules.Put(r with { Enabled = false }), r => _rules.Put(r with { StaleAfterMs = null }) };
        foreach (var (i, change) in changes.Index())
        {
            var rule = Stale(i + 1, 1_000);
            _rules.Put(rule);
            Take(P0, 10_000 * i + 100);
            Checkpoint();
            change(rule);

            Tick(P0, 10_000 * i + 9_000, Row(10_000 * i + 100));
            Checkpoint();

            Assert.Empty(_outputs.Emitted);
            Assert.Equal(new DueChange(P0, "", 10_000 * i + 100, 0), Assert.Single(_state.Due.TakeDisarms()));
            Assert.Empty(((AlarmStateChange)_state.CaptureAll()).Silence);
        }
    }

    [Fact]
    public void A_change_of_the_rule_keeps_what_it_waits_for_and_a_shorter_time_moves_the_rows()
    {
        _rules.Put(Stale(1, 5_000));
        Take(P0, HostA, 100);
        Checkpoint();
        _rules.Put(Stale(1, 1_000), madeAtMs: 500);

        Take(P0, HostB, 400);
        _state.Capture();

        // A sample of before the version is not judged by it, so host b is not watched; host a was already.
        Assert.Equal([new DueChange(P0, "host:a", 100, 1_100)], _state.Due.TakeArms());
        Tick(P0, 1_100, new DueSeries("host:a", 100));
        Assert.Single(_outputs.Emitted);
    }

    [Fact]
    public void Silence_neither_resolves_nor_re_arms_a_crossing()
    {
        _rules.Put(Stale(1, 1_000) with { Trigger = RuleTrigger.Crossing, OnResolve = ResolveAction.Message, Threshold = 90 });
        Take(P0, HostA, [(100, 95.0)]);
        Tick(P0, 1_100, new DueSeries("host:a", 100));
        Take(P0, HostA, [(5_000, 96.0), (5_001, 1.0)]);

        Assert.Equal([AlarmKind.Triggered, AlarmKind.Stale, AlarmKind.Resolved], _outputs.Emitted.Select(e => e.Alarm.Kind));
    }

    [Fact]
    public void Several_partitions_must_all_have_come_so_far()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, 100);
        Take(P1, HostB, 150);
        Take(P0, 200);

        Tick(P0, 5_000, Row(200));
        Assert.Empty(_outputs.Emitted);
        _state.Capture();
        // The other partition is asked at once, this one again a little later.
        Assert.Contains(new DueChange(P1, "", PartitionId.None, 1_200), _state.Due.TakeArms());
        Tick(P1, 1_199, new DueSeries("", PartitionId.None));
        Assert.Empty(_outputs.Emitted);
        Tick(P1, 1_200, new DueSeries("", PartitionId.None));

        Assert.Equal(new AppliedOffset(P0, 200), Assert.Single(_outputs.Emitted).Alarm.Cause);
    }

    [Fact]
    public void What_was_watched_and_told_survives_in_journal_and_snapshot()
    {
        _rules.Put(Stale(1, 1_000));
        Take(P0, HostA, 100);
        Take(P0, HostB, 400);
        var first = _state.Capture()!;
        Tick(P0, 1_100, new DueSeries("host:a", 100));
        var second = _state.Capture()!;
        AlarmState folded = new("cpu", _rules), restored = new("cpu", _rules);
        folded.Fold(first);
        folded.Fold(second);
        restored.Restore(_state.CaptureAll());

        foreach (var state in new[] { folded, restored })
        {
            var outputs = new OutputsInHand();
            state.Tick(P0, new Tick(0, 9_000, [new DueSeries("host:a", 100), new DueSeries("host:b", 400)]), outputs);
            Assert.Equal(HostB, Assert.Single(outputs.Emitted).Alarm.Series);
        }
    }

    private static Rule Stale(int number, long staleAfterMs) => AlarmWorld.Rule(number, ComparisonOperator.Greater, 1_000) with { StaleAfterMs = staleAfterMs };

    private static int RuleOf(AlarmRecord alarm) => BitConverter.ToInt32(alarm.RuleId.ToByteArray());

    private static DueSeries Row(long offset) => new("", offset);

    private void Take(PartitionId partition, params long[] times) => Take(partition, SeriesKey.Empty, times);

    private void Take(PartitionId partition, SeriesKey series, params long[] times) => Take(partition, series, [.. times.Select(t => (t, 1.0))]);

    private void Take(PartitionId partition, SeriesKey series, (long Time, double Value)[] samples)
    {
        long[] times = [.. samples.Select(s => s.Time)];
        var columns = new SampleColumns
        {
            Offsets = times, AppendTimes = times, WatermarksBefore = times, Times = times, Values = [.. samples.Select(s => s.Value)],
            Series = new int[times.Length], SeriesKeys = [series],
        };
        var index = 0;
        _state.Apply(partition, new SampleBatch(columns, 0, times.Length), ref index, _outputs);
        Assert.Equal(times.Length, index);
    }

    private void Tick(PartitionId partition, long headTime, params DueSeries[] due) => _state.Tick(partition, new Tick(PartitionId.NoTime, headTime, due), _outputs);

    private void Checkpoint()
    {
        _state.Capture();
        _state.Due.TakeArms();
        _state.Journaled();
    }
}
