using System.Collections.Immutable;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Hosting.Facade;
using ActorStream.Hosting.Nodes;
using ActorStream.Hosting.Options;
using ActorStream.Storage.Contracts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ActorStream.Hosting.Tests.Node;

/// <summary>The bounds of ingest over figures of this test: what is stored, what is committed, what is free.</summary>
public sealed class IngestBoundsSpec : IAsyncLifetime
{
    private const long FreeMin = 1L << 28;
    private const long UncommittedMax = 1_000;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly FiguresStorage _storage = new() { FreeBytes = FreeMin };
    private NodeParts _parts = null!;
    private IngestBounds _bounds = null!;

    public Task InitializeAsync()
    {
        var settings = NodeSettingsReader.Read(SettingsInput.Empty).Settings! with { Ingest = new IngestSettings(UncommittedMax, FreeMin) };
        _parts = new NodeParts(settings, _storage, _time);
        _bounds = new IngestBounds(_parts);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _parts.DisposeAsync().AsTask();

    [Fact]
    public void Below_the_last_byte_that_is_kept_free_samples_are_refused_and_taken_again_when_there_is_room()
    {
        var atBound = LookAgain();
        _storage.FreeBytes = FreeMin - 1;
        var below = LookAgain();
        _storage.FreeBytes = FreeMin;
        var after = LookAgain();

        Assert.Null(atBound);
        Assert.Equal(30, below!.RetryAfterSeconds);
        Assert.Contains($"{FreeMin - 1} bytes", below.Sentence);
        Assert.Contains($"{FreeMin} ", below.Sentence);
        Assert.Contains("actorstream.ingest.min-free-disk", below.Sentence);
        Assert.Null(after);
    }

    [Fact]
    public void A_disk_that_nobody_can_see_refuses_nothing()
    {
        _storage.FreeBytes = null;

        Assert.Null(LookAgain());
    }

    [Fact]
    public void One_sample_beyond_the_bound_of_what_is_not_yet_read_is_refused_and_a_commit_lifts_it()
    {
        _storage.Store(partition: 0, first: 0, head: UncommittedMax);
        var atBound = LookAgain();
        _storage.Store(partition: 1, first: 0, head: 1);
        var beyond = LookAgain();
        _storage.Commit(partition: 0, position: 1);
        var after = LookAgain();

        Assert.Null(atBound);
        Assert.Equal(5, beyond!.RetryAfterSeconds);
        Assert.Contains($"{UncommittedMax + 1} samples", beyond.Sentence);
        Assert.Contains($"at most {UncommittedMax} ", beyond.Sentence);
        Assert.Contains("actorstream.ingest.max-uncommitted-records", beyond.Sentence);
        Assert.Null(after);
    }

    [Fact]
    public void What_retention_has_deleted_and_what_an_earlier_topic_had_committed_do_not_count()
    {
        _storage.Store(partition: 0, first: 5_000, head: 5_000 + UncommittedMax + 1);
        _storage.Commit(partition: 0, position: 6_000, incarnation: 2);
        _storage.Commit(partition: 0, position: 6_000, topic: "other");
        var beyond = LookAgain();
        _storage.Store(partition: 0, first: 5_001, head: 5_000 + UncommittedMax + 1);
        var after = LookAgain();

        Assert.Contains($"{UncommittedMax + 1} samples", beyond!.Sentence);
        Assert.Null(after);
    }

    [Fact]
    public void The_figures_are_looked_at_once_a_second_however_often_it_is_asked()
    {
        LookAgain();
        var looks = _storage.Looks;
        _storage.FreeBytes = 0;

        for (var i = 0; i < 1_000; i++)
            Assert.Null(_bounds.WhyNot());
        _time.Advance(Look - TimeSpan.FromTicks(1));
        Assert.Null(_bounds.WhyNot());
        Assert.Equal(looks, _storage.Looks);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(_bounds.WhyNot());
        Assert.Equal(looks + 1, _storage.Looks);
    }

    private IngestRefusal? LookAgain()
    {
        _time.Advance(Look);
        return _bounds.WhyNot();
    }
}
