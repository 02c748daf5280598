using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Hosting.Options;
using ActorStream.Hosting.Pipelines;
using ActorStream.Storage.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ActorStream.Hosting.Tests.Pipelines;

/// <summary>Changes of pipelines in a storage of their own: by the files of a node that starts, and by whoever edits them while nodes run.</summary>
public sealed class PipelineStoreSpec : IAsyncLifetime
{
    private static readonly NodeSettings Settings = NodeSettingsReader.Read(SettingsInput.Empty).Settings!;
    private static readonly PipelineSpec Orders = OrdersPipeline.Spec;
    private static readonly PipelineSpec WithSession = Orders with { Windows = new WindowPlan("orders", [WindowSpec.Tumbling(1_000), WindowSpec.Session(5_000)], "results.orders") };

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstream-pipelines-").FullName;
    private SqliteStorage _storage = null!;
    private PipelineStore _store = null!;

    public async Task InitializeAsync()
    {
        _storage = await SqliteStorage.OpenAsync(new StorageOptions(_folder, "test", StateSurvivesPowerLoss: false), new FakeTimeProvider());
        _store = new PipelineStore(_storage, Settings, () => PipelineBook.Empty);
    }

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_the_files_of_a_node_say_is_made_once_and_changed_where_it_fits()
    {
        await StartAsync(Orders);
        var made = Entry();
        await StartAsync(Orders);
        var same = Entry();
        await StartAsync(WithSession);
        var changed = Entry();
        await StartAsync();

        Assert.Equal((PipelineOwner.Settings, true, made.Position), (made.Owner, made.IsRunning, made.Spec!.Version));
        Assert.Equal((made.Position, made.Spec.Version), (same.Position, same.Spec!.Version));
        Assert.True(changed.Spec!.Version > made.Spec.Version);
        Assert.Equal(2, changed.Spec.Windows.Specs.Count);
        Assert.Equal(changed.Position, Entry().Position);
    }

    [Fact]
    public async Task A_file_that_does_not_fit_is_refused_with_the_plan_of_each_pipeline_and_changes_none()
    {
        var other = Orders with { Id = "other", Source = SourceSpec.OfTopic("b"), Windows = new WindowPlan("other", WithSession.Windows.Specs, "results.other") };
        var third = Orders with { Id = "third", Windows = new WindowPlan("third", Orders.Windows.Specs, "results.third") };
        await StartAsync(Orders, other, third);
        var before = _store.Read();

        var refused = await Assert.ThrowsAsync<PipelinesRefusedException>(() => StartAsync(
            third with { Name = "fits" }, Orders with { KeyGroups = 5 }, other with { Windows = new WindowPlan("other", [WindowSpec.Tumbling(1_000)], "results.other") }));

        Assert.Equal(before.Position, _store.Read().Position);
        Assert.Contains("Pipeline orders cannot become what actorstream.pipelines says:", refused.Message);
        Assert.Contains("refused key_groups: 4 -> 5. Keys are dealt to groups by it", refused.Message);
        Assert.Contains("drops windows.session: gone: session with a gap of 5000 ms.", refused.Message);
        Assert.Contains("actorstream apply FILE --drop", refused.Message);
        Assert.DoesNotContain("third", refused.Message);
    }

    [Fact]
    public async Task A_pipeline_of_an_older_version_that_was_stopped_stays_so_and_is_known_from_the_files()
    {
        await _storage.Compacted.PutAsync(TopicNames.Pipelines, "orders", "{\"running\":false}"u8.ToArray());
        var before = _store.Read();

        await StartAsync(Orders);

        Assert.Empty(before.Pipelines);
        Assert.False(Entry().IsRunning);
        Assert.Equal(Entry().Position, Entry().Spec!.Version);
    }

    [Fact]
    public async Task Starting_and_stopping_is_no_change_of_what_it_is()
    {
        await ApplyAsync(Orders);
        var version = Entry().Spec!.Version;

        await _store.RunAsync("orders", false, default);
        var stopped = Entry();
        await _store.RunAsync("orders", true, default);

        Assert.Equal((version, false, version + 1), (stopped.Spec!.Version, stopped.IsRunning, stopped.Position));
        Assert.Equal((version, true), (Entry().Spec!.Version, Entry().IsRunning));
        Assert.Null(await _store.RunAsync("nope", true, default));
    }

    [Fact]
    public async Task A_change_goes_on_stopped_and_the_topics_are_there_with_it()
    {
        await ApplyAsync(Orders);
        await _store.RunAsync("orders", false, default);

        var changed = await ApplyAsync(WithSession);

        Assert.Equal((PipelineOutcomeKind.Changed, changed.Position, false), (changed.Kind, Entry().Spec!.Version, Entry().IsRunning));
        Assert.Equal((Settings.Metrics.Partitions, 1), (_storage.Topics.PartitionsOf(OrdersPipeline.Topic), _storage.Topics.PartitionsOf("results.orders")));
    }

    [Fact]
    public async Task What_would_be_lost_is_lost_only_when_somebody_says_so()
    {
        await ApplyAsync(WithSession);
        var at = Entry().Position;

        var refused = await ApplyAsync(Orders);
        var atAfter = Entry().Position;
        var done = await _store.ApplyAsync(Orders, PipelineOwner.Http, mayDrop: true, null, default);

        Assert.Equal((PipelineOutcomeKind.Drops, at), (refused.Kind, atAfter));
        Assert.Equal(PipelineOutcomeKind.Changed, done.Kind);
    }

    [Fact]
    public async Task A_name_of_a_removed_window_is_remembered_through_stop_and_start_delete_and_made_again()
    {
        var other = Orders with { Windows = new WindowPlan("orders", [WindowSpec.Tumbling(1_000), WindowSpec.Session(9_000)], "results.orders") };
        await ApplyAsync(WithSession);
        await _store.ApplyAsync(Orders, PipelineOwner.Http, mayDrop: true, null, default);

        await _store.RunAsync("orders", false, default);
        await _store.RunAsync("orders", true, default);
        var started = await _store.ApplyAsync(other, PipelineOwner.Http, mayDrop: true, null, default);
        await _store.DeleteAsync("orders", null, default);
        var deleted = await ApplyAsync(other);
        await ApplyAsync(Orders);
        var files = await Assert.ThrowsAsync<PipelinesRefusedException>(() => StartAsync(other));
        var same = await ApplyAsync(WithSession);

        Assert.Equal((PipelineOutcomeKind.Refused, PipelineOutcomeKind.Refused, PipelineOutcomeKind.Changed), (started.Kind, deleted.Kind, same.Kind));
        Assert.Contains("refused windows.session: session-5000 -> session with a gap of 9000 ms. The name session was that of session-5000, which was removed", files.Message);
        Assert.Equal("session-5000", Entry().Retired["session"]);
    }

    [Fact]
    public async Task A_pipeline_that_cannot_have_its_topics_on_a_node_is_still_compared_with_what_it_is()
    {
        await ApplyAsync(Orders);
        var view = _store.Read().Without("orders");
        var store = new PipelineStore(_storage, Settings, () => view);

        var refused = await store.ApplyAsync(Orders with { KeyGroups = 5 }, PipelineOwner.Http, mayDrop: true, null, default);

        Assert.Equal(PipelineOutcomeKind.Refused, refused.Kind);
        Assert.Equal(4, Entry().Spec!.KeyGroups);
    }

    [Fact]
    public async Task A_deleted_pipeline_made_again_has_to_fit_what_it_was()
    {
        await ApplyAsync(Orders);
        await _store.RunAsync("orders", false, default);
        var deleted = await _store.DeleteAsync("orders", null, default);
        var there = _store.Read().Find("orders");

        var refused = await ApplyAsync(Orders with { KeyGroups = 5 });
        var again = await ApplyAsync(Orders);

        Assert.NotNull(deleted);
        Assert.Null(there);
        Assert.Equal(PipelineOutcomeKind.Refused, refused.Kind);
        Assert.Equal((PipelineOutcomeKind.Made, true, again.Position), (again.Kind, Entry().IsRunning, Entry().Spec!.Version));
        Assert.Null(await _store.DeleteAsync("nope", null, default));
    }

    [Fact]
    public async Task Two_editors_of_one_version_do_not_overwrite_each_other()
    {
        await ApplyAsync(Orders);
        var at = Entry().Position;

        var changes = await Task.WhenAll(
            _store.ApplyAsync(Orders with { Name = "one" }, PipelineOwner.Http, false, [at], default), _store.ApplyAsync(Orders with { Name = "two" }, PipelineOwner.Http, false, [at], default));
        var gone = await _store.DeleteAsync("orders", [at], default);

        Assert.Equal([PipelineOutcomeKind.Changed, PipelineOutcomeKind.Moved], changes.Select(c => c.Kind).Order());
        Assert.Null(gone);
        Assert.NotNull(_store.Read().Find("orders"));
    }

    [Fact]
    public async Task Editors_that_name_no_version_are_each_compared_with_what_the_other_made()
    {
        var changes = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => ApplyAsync(Orders with { CheckpointMs = 1_000 + i }))));

        Assert.Single(changes, c => c.Kind == PipelineOutcomeKind.Made);
        Assert.Equal(5, changes.Count(c => c.Kind == PipelineOutcomeKind.Changed && c.Update.Steps.Single().What == "checkpoint_ms"));
    }

    [Fact]
    public async Task An_editor_that_is_overtaken_between_reading_and_writing_is_compared_with_what_the_other_made()
    {
        await ApplyAsync(Orders);
        var slow = new PipelineStore(OvertakenStorage.Of(_storage, () => ApplyAsync(WithSession)), Settings, () => PipelineBook.Empty);

        var outcome = await slow.ApplyAsync(Orders with { CheckpointMs = 2_000 }, PipelineOwner.Http, mayDrop: false, null, default);

        // Of what it had read it would have changed one number; of what is there now it would drop a window.
        Assert.Equal(PipelineOutcomeKind.Drops, outcome.Kind);
        Assert.Equal((2, Orders.CheckpointMs), (Entry().Spec!.Windows.Specs.Count, Entry().Spec!.CheckpointMs));
    }

    [Fact]
    public async Task It_has_to_be_able_to_stand_beside_the_others()
    {
        await ApplyAsync(Orders);

        var clash = await ApplyAsync(Orders with { Id = "other" });
        var circle = await ApplyAsync(Orders with { Id = "b", Source = SourceSpec.OfTopic("results.orders"), Windows = new WindowPlan("b", Orders.Windows.Specs, OrdersPipeline.Topic) });
        await StartAsync([.. Enumerable.Range(1, Topology.PipelinesMax - 1).Select(Numbered)]);
        var tooMany = await ApplyAsync(Numbered(Topology.PipelinesMax));

        Assert.Equal((PipelineOutcomeKind.Clashes, PipelineOutcomeKind.Clashes, PipelineOutcomeKind.Clashes), (clash.Kind, circle.Kind, tooMany.Kind));
        Assert.Contains("write their results to one topic", clash.Sentence);
        Assert.Contains("in a circle", circle.Sentence);
        Assert.Contains("There are 101 pipelines; at most 100 are taken", tooMany.Sentence);
    }

    [Fact]
    public async Task A_plan_says_what_applying_would_do_and_does_not()
    {
        var made = _store.Plan(Orders, PipelineOwner.Http, mayDrop: false);
        await ApplyAsync(Orders);
        var before = _store.Read();

        var kinds = new[] { Orders, WithSession, Orders with { KeyGroups = 5 } }.Select(s => _store.Plan(s, PipelineOwner.Http, mayDrop: false).Kind);

        Assert.Equal(PipelineOutcomeKind.Made, made.Kind);
        Assert.Equal([PipelineOutcomeKind.Unchanged, PipelineOutcomeKind.Changed, PipelineOutcomeKind.Refused], kinds);
        Assert.Equal(before.Position, _store.Read().Position);
    }

    private static PipelineSpec Numbered(int number) => Orders with { Id = $"p{number}", Windows = new WindowPlan($"p{number}", Orders.Windows.Specs, $"results.p{number}") };

    private PipelineEntry Entry() => _store.Read().Entries["orders"];

    private Task StartAsync(params PipelineSpec[] files) => SettingsPipelines.ApplyAsync(Settings with { Pipelines = files }, _storage, default);

    private Task<PipelineOutcome> ApplyAsync(PipelineSpec spec) => _store.ApplyAsync(spec, PipelineOwner.Http, mayDrop: false, null, default);
}
