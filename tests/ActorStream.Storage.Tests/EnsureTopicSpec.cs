using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>Topics made while nodes run.</summary>
public abstract class EnsureTopicSpec(IStorageWorld world) : IDisposable
{
    /// <summary>Each takes milliseconds; enough for the two to meet within the making of one.</summary>
    private const int Rounds = 20;

    public void Dispose()
    {
        world.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_topic_made_on_one_node_takes_appends_that_another_reads_before_and_after_a_restart(bool withState)
    {
        await using (var one = await world.OpenAsync())
        await using (var two = await world.OpenAsync())
        {
            Assert.Throws<InvalidOperationException>(() => two.Topics.PartitionsOf("made"));
            await one.Topics.EnsureAsync("made", 3, withState);
            await one.Topics.AppendAsync("made", [DataFolder.Batch(2, "a")]);

            Assert.Equal((3, 1), (two.Topics.PartitionsOf("made"), two.Topics.IncarnationOf("made")));
            Assert.Equal([(0, "a")], DataFolder.RecordsOf(two.Topics, "made", 2));
        }
        await using var later = await world.OpenAsync();
        Assert.Equal([(0, "a")], DataFolder.RecordsOf(later.Topics, "made", 2));
    }

    [SkippableFact]
    public async Task Several_nodes_that_make_it_at_the_same_moment_make_one()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.OpenAsync()));
        try
        {
            await Task.WhenAll(nodes.SelectMany(n => Enumerable.Range(0, 3).Select(_ => Task.Run(() => n.Topics.EnsureAsync("made", 2, withState: true)))));
            foreach (var node in nodes)
                await node.Topics.AppendAsync("made", [DataFolder.Batch(1, "a")]);

            Assert.Equal([0L, 1, 2, 3], DataFolder.RecordsOf(nodes[0].Topics, "made", 1).Select(r => r.Offset));
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Two_processes_that_make_it_at_the_same_moment_with_other_partitions_see_what_one_of_them_made()
    {
        await using var storage = await world.OpenAsync();
        await using var two = new EnsuringProcess(world.Place, 2);
        await using var five = new EnsuringProcess(world.Place, 5);
        await Task.WhenAll(two.OpenAsync(), five.OpenAsync());

        for (var round = 0; round < Rounds; round++)
        {
            var topic = $"made-{round}";
            // In every second round it was there before, in incarnation 4.
            if (round % 2 == 1)
                await storage.Commits.ClaimAsync(new PartitionId("g", topic, 4, 0), 17);
            await Task.WhenAll(two.TellAsync(topic), five.TellAsync(topic));
            string[][] seen = [(await two.AnswerAsync()).Split(' '), (await five.AnswerAsync()).Split(' ')];
            var (partitions, incarnation) = (storage.Topics.PartitionsOf(topic), storage.Topics.IncarnationOf(topic));

            Assert.True(partitions is 2 or 5, $"{topic} has {partitions} partitions");
            Assert.Equal(round % 2 == 1 ? 5 : 1, incarnation);
            Assert.All(seen, s => Assert.Equal([$"{partitions}", $"{incarnation}"], s[..2]));
            Assert.Equal(["0", "1"], seen.Select(s => s[2]).Order(StringComparer.Ordinal));
            Assert.Equal(["2", "5"], DataFolder.RecordsOf(storage.Topics, topic, 1).Select(r => r.Value).Order(StringComparer.Ordinal));
        }
    }

    [SkippableFact]
    public async Task What_is_there_stays_as_it_is()
    {
        await using var storage = await world.OpenAsync();
        await storage.Topics.EnsureAsync("made", 2, withState: false);
        await storage.Topics.AppendAsync("made", [DataFolder.Batch(1, "a")]);

        await storage.Topics.EnsureAsync("made", 7, withState: true);
        await storage.Topics.EnsureAsync("metrics", 7, withState: false);

        Assert.Equal((2, 4), (storage.Topics.PartitionsOf("made"), storage.Topics.PartitionsOf("metrics")));
        Assert.Equal([(0, "a")], DataFolder.RecordsOf(storage.Topics, "made", 1));
    }

    [SkippableFact]
    public async Task A_topic_of_another_kind_is_refused_and_so_are_partitions_that_nobody_can_have()
    {
        await using var storage = await world.OpenAsync();

        var kind = await Assert.ThrowsAsync<StorageRefusedException>(() => storage.Topics.EnsureAsync("rules", 1, withState: false));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => storage.Topics.EnsureAsync("made", 0, withState: false));

        Assert.Contains("Topic 'rules' is Compacted", kind.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_topic_made_anew_is_not_taken_for_one_that_readers_have_read()
    {
        await using var storage = await world.OpenAsync();
        await storage.Commits.ClaimAsync(new PartitionId("g", "made", 4, 0), 17);

        await storage.Topics.EnsureAsync("made", 1, withState: false);

        Assert.Equal(5, storage.Topics.IncarnationOf("made"));
    }
}

public sealed class EnsureTopicOnSqliteSpec() : EnsureTopicSpec(new DataFolder());

public sealed class EnsureTopicOnPostgresSpec() : EnsureTopicSpec(new PostgresWorld());
