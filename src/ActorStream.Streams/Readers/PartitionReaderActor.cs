using System.Text.Json;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Streams.Kafka;
using ActorStream.Streams.Topics;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;

namespace ActorStream.Streams.Readers;

/// <summary>Owns one partition of one group: claims its row, runs its one stream, and starts it again after any anomaly.</summary>
/// <remarks>Sharded by <see cref="PartitionId.ReaderId"/>; any message starts it, a keeper sends one each five seconds. The epoch of its row fences a second one.</remarks>
public sealed class PartitionReaderActor : ReceiveActor, IWithTimers
{
    private const int BackoffMinMs = 100;
    private const int BackoffMaxMs = 5_000;

    private readonly string _readerId;
    private readonly ReaderCatalog _catalog;
    private readonly IRulesView _rules;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IMaterializer _materializer = Context.Materializer();
    private int _backoffMs = BackoffMinMs;
    private ITopicHint? _hint;
    private IReaderControl? _control;
    private CatalogReader? _runs;
    private bool _stopping;

    public PartitionReaderActor(string readerId, ReaderCatalog catalog, IRulesView rules)
    {
        _readerId = readerId;
        _catalog = catalog;
        _rules = rules;
        Claiming();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(string readerId, ReaderCatalog catalog, IRulesView rules) => Akka.Actor.Props.Create(() => new PartitionReaderActor(readerId, catalog, rules));

    protected override void PreStart() => Claim();

    protected override void PostStop() => Forget();

    private void Claiming()
    {
        Receive<Claimed>(c => Run(c.Reader, c.Row));
        Receive<NotWanted>(n =>
        {
            _log.Info("Reader {0} does not run: {1}", _readerId, n.Why);
            Context.Stop(Self);
        });
        Receive<Status.Failure>(f => StartAgain(f.Cause));
        Receive<ClaimAgain>(_ => Claim());
        Receive<StopEntity>(_ => Context.Stop(Self));
        Common();
    }

    private void Running()
    {
        Receive<Ended>(e => OnEnded(e.Reason));
        Receive<Status.Failure>(f => OnFailed(f.Cause));
        Receive<StopEntity>(_ =>
        {
            _stopping = true;
            _control!.Stop();
        });
        Common();
    }

    private void Common()
    {
        // It runs already, or is about to: that is all a keeper wants to know. Whoever stops the readers of this node may have failed to reach this one.
        Receive<EnsureReader>(_ =>
        {
            if (_control is { } control && !_catalog.IsWanted(_runs!))
                control.Stop();
        });
        Receive<Calm>(_ => _backoffMs = BackoffMinMs);
        Receive<PartitionAppended>(_ => _hint?.Appended());
        Receive<DescribeEntity>(_ => Sender.Tell(Describe()));
    }

    /// <summary>No partition is read before this node knows all rules, and none of a pipeline that is stopped or not known.</summary>
    private void Claim() => ClaimAsync().PipeTo(Self);

    private async Task<INoSerializationVerificationNeeded> ClaimAsync()
    {
        await _rules.Complete.ConfigureAwait(false);
        var reader = _catalog.Find(_readerId);
        if (reader is not { Pipeline: null } && _catalog.Parts.Pipelines is { } pipelines)
        {
            await pipelines.Complete.ConfigureAwait(false);
            reader = _catalog.Find(_readerId);
        }
        if (reader is null)
            return new NotWanted("no pipeline that this node knows has it");
        if (!_catalog.IsWanted(reader))
            return new NotWanted($"pipeline {reader.Pipeline} is stopped");
        if (_catalog.Parts.Kafka is { } kafka && KafkaBackend.Holds(reader.Partition.Topic))
        {
            var (partition, row) = await kafka.ClaimAsync(reader.Partition).ConfigureAwait(false);
            return new Claimed(reader with { Partition = partition }, row);
        }
        var first = reader.IsTopic ? _catalog.Parts.Topics.StateOf(reader.Partition.Topic, reader.Partition.Partition).First : 0;
        return new Claimed(reader, await _catalog.Parts.Commits.ClaimAsync(reader.Partition, first).ConfigureAwait(false));
    }

    private void Run(CatalogReader reader, CommitRow row)
    {
        _log.Info("Reads {0} from {1}, epoch {2}", reader.Partition, row.Position, row.Epoch);
        (_hint, _control) = reader.Graph(_catalog.Parts, reader.Partition, row).Run(_materializer);
        _runs = reader;
        _catalog.Parts.Local.Started(reader, _control);
        // Stopped or changed since it was claimed: whoever stops the readers of this node did not see this one yet.
        if (!_catalog.IsWanted(reader))
            _control.Stop();
        _control.Ended.PipeTo(Self, success: reason => new Ended(reason));
        Timers.StartSingleTimer("calm", new Calm(), TimeSpan.FromMilliseconds(2 * BackoffMaxMs));
        Become(Running);
    }

    private void OnEnded(string reason)
    {
        _log.Info("Reader {0} ends: {1}", _readerId, reason);
        if (_stopping || !HasChanged())
        {
            Context.Stop(Self);
            return;
        }
        Forget();
        Become(Claiming);
        Claim();
    }

    /// <summary>Its pipeline is another one than it ran with: it goes on with that one.</summary>
    private bool HasChanged() => _catalog.Find(_readerId) is { } now && now.Version != _runs!.Version && _catalog.IsWanted(now);

    private void OnFailed(Exception cause)
    {
        Forget();
        // It did not run long enough: the backoff goes on where it was.
        Timers.Cancel("calm");
        if (_stopping)
        {
            Context.Stop(Self);
            return;
        }
        Become(Claiming);
        StartAgain(cause);
    }

    private void Forget()
    {
        if (_control is { } control)
            _catalog.Parts.Local.Ended(_runs!, control);
        (_hint, _control) = (null, null);
    }

    private void StartAgain(Exception cause)
    {
        _log.Warning("Reader {0} starts again in {1} ms: {2}", _readerId, _backoffMs, cause.Message);
        Timers.StartSingleTimer("claim", new ClaimAgain(), TimeSpan.FromMilliseconds(_backoffMs));
        _backoffMs = Math.Min(2 * _backoffMs, BackoffMaxMs);
    }

    private Report Describe()
    {
        var progress = _control?.Progress;
        return new Report(JsonSerializer.Serialize(new ReaderReport(
            _readerId, Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString(), progress?.Position, progress?.Next, progress?.Tracked, progress?.CommittedAtMs), ReaderReportJson.Default.ReaderReport));
    }

    private sealed record Claimed(CatalogReader Reader, CommitRow Row) : INoSerializationVerificationNeeded;

    private sealed record NotWanted(string Why) : INoSerializationVerificationNeeded;

    private sealed record Ended(string Reason) : INoSerializationVerificationNeeded;

    private sealed record ClaimAgain : INoSerializationVerificationNeeded;

    private sealed record Calm : INoSerializationVerificationNeeded;
}
