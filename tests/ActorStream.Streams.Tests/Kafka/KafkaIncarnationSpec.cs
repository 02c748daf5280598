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

    private sealed class ToldIds : ITopicIds
    {
        public string? Id { get; set; } = "id-1";

        public Task<string?> OfAsync(string topic) => Task.FromResult(Id);
    }
}
