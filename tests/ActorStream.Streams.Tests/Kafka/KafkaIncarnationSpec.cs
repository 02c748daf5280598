using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Kafka;

namespace ActorStream.Streams.Tests.Kafka;

/// <summary>Which incarnation of a topic a reader claims (protocol.md A13), by the topic's id. The mock tells none, so the test does.</summary>
public sealed class KafkaIncarnationSpec(MockKafka kafka) : IClassFixture<MockKafka>, IAsyncLifetime
{
    private static readonly PartitionId Asked = new(TopicNames.AlarmsGroup, TopicNames.Metrics, 1, 0);

    private readonly ToldIds _ids = new();
    private KafkaFolder _folder = null!;
    private KafkaWatch _watch = null!;
    private KafkaBackend _backend = null!;

    private ICommitStore Commits => _folder.Storage.Commits;

    public async Task InitializeAsync()
    {
        var options = kafka.Options();
        await kafka.PutAsync(options.MetricsTopic, 0, "k", "1");
        _folder = await KafkaFolder.OpenAsync();
        _watch = new KafkaWatch(options, TimeProvider.System, _ids);
        _backend = new KafkaBackend(options, _watch, Commits, _folder.Storage.DeadLetters, TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await _watch.DisposeAsync();
        await _folder.Storage.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task A_topic_made_anew_before_its_first_commit_is_the_next_incarnation()
    {
        // Entities may have journaled offsets of the first one: its successor's must not look like them.
        var (first, _) = await _backend.ClaimAsync(Asked);
        var (same, again) = await _backend.ClaimAsync(Asked);

        _ids.Id = "id-2";
        var (second, claimed) = await _backend.ClaimAsync(Asked);

        Assert.Equal((1, 1, 2), (first.Incarnation, same.Incarnation, second.Incarnation));
        Assert.Equal((2, 3, 0), (again.Epoch, claimed.Epoch, claimed.Position));
    }

    [Fact]
    public async Task What_a_reader_commits_after_its_claim_is_above_what_the_claim_has_written()
    {
        var (partition, claimed) = await _backend.ClaimAsync(Asked);

        Assert.Equal(CommitOutcome.Committed, await Commits.CommitAsync(partition, claimed with { Serial = claimed.Serial + 1, Position = 1 }));
        var (_, next) = await _backend.ClaimAsync(Asked);

        Assert.Equal((1, 1), (claimed.Serial, next.Position));
        Assert.Equal(claimed.ProcessorState.ToArray(), next.ProcessorState.ToArray());
    }

    [Fact]
    public async Task A_topic_whose_id_was_not_told_at_first_keeps_its_incarnation_when_it_is()
    {
        _ids.Id = null;
        var (first, _) = await _backend.ClaimAsync(Asked);

        _ids.Id = "id-1";
        var (second, _) = await _backend.ClaimAsync(Asked);
        _ids.Id = null;
        var (third, _) = await _backend.ClaimAsync(Asked);
        _ids.Id = "id-2";
        var (fourth, _) = await _backend.ClaimAsync(Asked);

        Assert.Equal([1, 1, 1, 2], new[] { first, second, third, fourth }.Select(p => p.Incarnation));
    }

    [Fact]
    public async Task A_partition_that_is_added_after_the_topic_was_made_anew_is_of_the_incarnation_of_the_others()
    {
        await _backend.ClaimAsync(Asked);
        _ids.Id = "id-2";
        await _backend.ClaimAsync(Asked);

        var (added, row) = await _backend.ClaimAsync(Asked with { Partition = 3 });

        Assert.Equal((2, 0), (added.Incarnation, row.Position));
    }

    [Fact]
    public async Task Rows_belong_together_by_the_id_of_their_topic_and_by_their_incarnation_where_one_is_not_told()
    {
        var one = await _backend.ClaimAsync(Asked);
        var other = await _backend.ClaimAsync(Asked with { Partition = 1 });
        var alone = (other.Partition with { Incarnation = 2 }, other.Row);
        _ids.Id = "id-2";
        var anew = await _backend.ClaimAsync(Asked with { Partition = 1 });
        _ids.Id = null;
        var untold = await _backend.ClaimAsync(new PartitionId("pipeline.p", TopicNames.Metrics, 1, 1));

        Assert.True(KafkaBackend.AreOfOneTopic(one, other));
        // One partition lost its tail and rose alone: its time still counts.
        Assert.True(KafkaBackend.AreOfOneTopic(one, alone));
        Assert.False(KafkaBackend.AreOfOneTopic(one, anew));
        Assert.True(KafkaBackend.AreOfOneTopic(one, untold));
        Assert.False(KafkaBackend.AreOfOneTopic(anew, untold));
    }

    private sealed class ToldIds : ITopicIds
    {
        public string? Id { get; set; } = "id-1";

        public Task<string?> OfAsync(string topic) => Task.FromResult(Id);
    }
}
