using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using CsCheck;
using Xunit;

namespace ActorStream.Domain.Tests.Protocol;

/// <summary>What an entity makes of its journal and its snapshots.</summary>
public sealed class EntityRecoverySpec
{
    [Fact]
    public void A_gap_in_the_journal_is_found_wherever_it_is()
    {
        var empty = new Checkpoint([], [], [], null);

        var middle = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        Assert.True(middle.Fold(1, empty));
        Assert.False(middle.Fold(3, empty));

        var afterSnapshot = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        afterSnapshot.Restore(10, new EntitySnapshot([], [], [], null));
        Assert.False(afterSnapshot.Fold(12, empty));

        var end = new EntityHarness(new SumLogic(), isRecovered: false).Machine;
        end.Restore(10, new EntitySnapshot([], [], [], null));
        Assert.False(end.Recovered(20, 0));
        Assert.True(end.Recovered(10, 0));
    }

    [Fact]
    public void A_recovered_entity_sends_its_outbox_again_and_numbers_go_on()
    {
        var first = new EntityHarness(new SumLogic());
        first.Apply(Numbers(0, -1, -1));
        first.AcknowledgeWrite();

        var second = new EntityHarness(new SumLogic(), isRecovered: false);
        second.Machine.Fold(1, first.Writes[0].Event);
        second.Machine.Recovered(1, 0);
        Assert.Equal([1L, 2], Assert.Single(second.Appends).Items.Select(i => i.Number));
        second.Apply(Numbers(2, -1));

        Assert.Equal(3, Assert.Single(second.Writes[0].Event.Added).Number);
    }

    [Fact]
    public void Every_snapshot_is_the_fold_of_the_events_up_to_its_number()
    {
        // Values: 0 acknowledges a write, 1 takes an append, 2 and 3 tick, 4 and 5 apply a record to either partition, 6 and 7 one that concludes something.
        Gen.Int[0, 7].Array[1, 120].Sample(steps =>
        {
            var entity = new EntityHarness(new SumLogic(), new EntityOptions("cpu", IsFixedGroup: false, SnapshotEvery: 3));
            var offsets = new long[2];
            for (var i = 0; i < steps.Length; i++)
                Step(entity, steps[i], offsets, 1_000 * i);

            var logic = new SumLogic();
            var folded = new EntityHarness(logic, isRecovered: false);
            for (var i = 0; i < entity.Writes.Count; i++)
            {
                Assert.True(folded.Machine.Fold(i + 1, entity.Writes[i].Event));
                if (entity.Writes[i].Snapshot is not { } snapshot)
                    continue;
                Assert.Equal(0, (i + 1) % 3);
                Assert.Equal(snapshot.Applied.ToHashSet(), folded.Machine.Applied.Select(a => new AppliedOffset(a.Key, a.Value)).ToHashSet());
                Assert.Equal(snapshot.Outbox.Count, folded.Machine.OutboxCount);
                Assert.Equal(logic.Sum, Assert.IsType<SumLogic.State>(snapshot.State).Sum);
                CheckGoesOnAlike(snapshot, entity.Writes.Take(i + 1).Select(w => w.Event));
            }
        });
    }

    /// <summary>An entity restored from the snapshot and one folded from the events ask for the same from then on.</summary>
    private static void CheckGoesOnAlike(EntitySnapshot snapshot, IEnumerable<Checkpoint> events)
    {
        var (restored, folded) = (new EntityHarness(new SumLogic(), isRecovered: false), new EntityHarness(new SumLogic(), isRecovered: false));
        var sequence = 0L;
        foreach (var written in events)
            folded.Machine.Fold(++sequence, written);
        restored.Machine.Restore(sequence, snapshot);
        foreach (var entity in new[] { restored, folded })
        {
            entity.Machine.Recovered(sequence, 0);
            entity.Apply(Numbers(1_000, -1, 1));
            entity.Settle();
        }
        Assert.Equal(folded.Taken, restored.Taken);
        Assert.Equal(folded.Answers, restored.Answers);
    }

    private static void Step(EntityHarness entity, int kind, long[] offsets, long nowMs)
    {
        var partition = kind % 2;
        switch (kind)
        {
            case 0 when entity.IsWriting:
                entity.AcknowledgeWrite(nowMs);
                break;
            case 1 when entity.Appends.Count > 0:
                entity.TakeAppend(nowMs);
                break;
            case 2 or 3:
                entity.Tick(nowMs, partition == 0 ? EntityHarness.P0 : EntityHarness.P1);
                break;
            case >= 4:
                var batch = Numbers(offsets[partition]++, kind < 6 ? 1 : -1);
                entity.Machine.OnApply(new Apply("cpu", partition == 0 ? EntityHarness.P0 : EntityHarness.P1, 1, PartitionId.None, [batch], null), nowMs);
                break;
        }
    }

    private static NumberBatch Numbers(long first, params int[] numbers) => new(first, numbers);
}
