using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using Xunit;

namespace ActorStream.Domain.Tests.Alarms;

/// <summary>
/// Why the due table is keyed by entity, partition and series, and why a row goes only while it holds its sample (protocol.md rule 27, B11): with less, a silence is never told.
/// Random worlds hardly ever meet these, so the stories are set by hand.
/// </summary>
/// <remarks>Offset = append time, in milliseconds. Every metric has one series without tags; <c>cpu</c> comes from two partitions, <c>disk</c> from one.</remarks>
public sealed class DueTableSpec
{
    private const int StaleAfterMs = 1_000;
    private static readonly PartitionId P0 = new("alarms", "metrics", 1, 0);
    private static readonly PartitionId P1 = new("alarms", "metrics", 1, 1);

    /// <summary>What a table may be keyed by.</summary>
    public enum Key
    {
        EntityPartitionSeries,
        Series,
        PartitionSeries,
        EntitySeries,
    }

    [Fact]
    public void Each_silence_is_told_once_by_rows_of_entity_partition_and_series() =>
        Assert.Equal(["cpu after 150", "disk after 120"], ToldBy(Key.EntityPartitionSeries));

    [Theory]
    [InlineData(Key.Series)]
    [InlineData(Key.PartitionSeries)]
    [InlineData(Key.EntitySeries)]
    public void A_table_keyed_by_less_loses_a_silence(Key key) => Assert.True(ToldBy(key).Count < 2, $"a table keyed by {key} loses nothing in this story");

    [Fact]
    public void A_silence_waits_until_the_head_of_each_partition_that_feeds_the_metric_has_come_so_far()
    {
        var world = new Silence(Key.EntityPartitionSeries);
        world.Take("cpu", P0, 100);
        world.Take("cpu", P1, 150);
        world.Take("disk", P0, 120);

        world.PassTime((P0, 9_000), (P1, 1_149));
        Assert.Equal(["disk after 120"], world.Told());
        world.PassTime((P0, 20_000), (P1, 1_150));

        Assert.Equal(["cpu after 150", "disk after 120"], world.Told());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_row_removed_late_takes_the_next_silence_with_it_unless_it_goes_only_with_its_sample(bool isRemovedWhateverItHolds)
    {
        var world = new Silence(Key.EntityPartitionSeries) { RemovesWhateverIsHeld = isRemovedWhateverItHolds, HoldsRemovals = true };
        world.Take("cpu", P0, 100);
        world.PassTime((P0, 2_000));
        world.Take("cpu", P0, 5_000);

        world.Remove();
        world.PassTime((P0, 9_000));

        Assert.Equal(isRemovedWhateverItHolds ? ["cpu after 100"] : ["cpu after 100", "cpu after 5000"], world.Told());
    }

    private static IReadOnlyList<string> ToldBy(Key key)
    {
        var world = new Silence(key);
        world.Take("cpu", P0, 100);
        world.Take("disk", P0, 120);
        world.Take("cpu", P1, 150);
        world.PassTime((P0, 9_000), (P1, 9_000));
        return world.Told();
    }

    /// <summary>The states of two metrics, a due table, and readers at the head of their partitions.</summary>
    private sealed class Silence
    {
        private const int Rounds = 10;

        private readonly Key _key;
        private readonly Dictionary<object, (string Entity, DueChange Row)> _rows = [];
        private readonly List<(string Entity, DueChange Row)> _held = [];
        private readonly OutputsInHand _outputs = new();
        private readonly Dictionary<string, AlarmState> _states = [];

        public Silence(Key key)
        {
            _key = key;
            var rules = new RulesInHand();
            foreach (var (i, metric) in new[] { "cpu", "disk" }.Index())
            {
                rules.Put(AlarmWorld.Rule(i + 1, ComparisonOperator.Greater, 1_000, metric) with { StaleAfterMs = StaleAfterMs });
                _states.Add(metric, new AlarmState(metric, rules));
            }
        }

        public bool RemovesWhateverIsHeld { get; init; }

        /// <summary>Removals are under way until <see cref="Remove"/>.</summary>
        public bool HoldsRemovals { get; init; }

        public void Take(string metric, PartitionId partition, long offset)
        {
            var index = 0;
            _states[metric].Apply(partition, AlarmWorld.Samples(offset, 1), ref index, _outputs);
            Checkpoint(metric);
        }

        /// <summary>Each reader tells what is due a few times, as it does each second while it has nothing to read.</summary>
        public void PassTime(params (PartitionId Partition, long HeadTime)[] heads)
        {
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var (partition, headTime) in heads)
                    TellWhatIsDue(partition, headTime);
            }
        }

        public void Remove()
        {
            Assert.NotEmpty(_held);
            _held.ForEach(h => Disarm(h.Entity, h.Row));
        }

        public List<string> Told() => [.. _outputs.Emitted.Select(e => $"{e.Alarm.Metric} after {e.Alarm.Cause.Offset}").Order()];

        private void TellWhatIsDue(PartitionId partition, long headTime)
        {
            var due = _rows.Values.Where(r => r.Row.Partition == partition && r.Row.DueMs <= headTime).ToArray();
            foreach (var (entity, row) in due)
            {
                _states[entity].Tick(partition, new Tick(PartitionId.NoTime, headTime, [new DueSeries(row.Series, row.LastOffset)]), _outputs);
                Checkpoint(entity);
            }
        }

        private void Checkpoint(string entity)
        {
            var state = _states[entity];
            state.Capture();
            foreach (var row in state.Due.TakeArms())
                Arm(entity, row);
            state.Journaled();
            foreach (var row in state.Due.TakeDisarms())
            {
                if (HoldsRemovals)
                    _held.Add((entity, row));
                else
                    Disarm(entity, row);
            }
        }

        private void Arm(string entity, DueChange row)
        {
            if (!_rows.TryGetValue(KeyOf(entity, row), out var held) || held.Row.LastOffset <= row.LastOffset)
                _rows[KeyOf(entity, row)] = (entity, row);
        }

        private void Disarm(string entity, DueChange row)
        {
            if (_rows.TryGetValue(KeyOf(entity, row), out var held) && (RemovesWhateverIsHeld || held.Row.LastOffset == row.LastOffset))
                _rows.Remove(KeyOf(entity, row));
        }

        private object KeyOf(string entity, DueChange row) => _key switch
        {
            Key.EntityPartitionSeries => (entity, row.Partition, row.Series),
            Key.PartitionSeries => (row.Partition, row.Series),
            Key.EntitySeries => (entity, row.Series),
            _ => row.Series,
        };
    }
}
