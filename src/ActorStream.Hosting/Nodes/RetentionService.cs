using ActorStream.Domain.Records;
using ActorStream.Hosting.Facade;
using ActorStream.Storage.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStream.Hosting.Nodes;

/// <summary>Each minute deletes what is older than the retention and committed by every group, and rows of results that a table sink keeps no longer. Any number of nodes may do it.</summary>
public sealed class RetentionService(NodeParts parts, ILogger<RetentionService> log) : BackgroundService
{
    /// <summary>How long a request with an idempotency key is known again.</summary>
    public static readonly TimeSpan IdempotencyHorizon = TimeSpan.FromHours(24);

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await RetainAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("Retention ends with its node.");
        }
    }

    private async Task RetainAsync(CancellationToken cancel)
    {
        // Who does not know all pipelines does not know what they still want to read.
        if (!parts.Pipelines.Complete.IsCompletedSuccessfully)
            return;
        try
        {
            var before = parts.Time.GetUtcNow() - parts.Settings.Metrics.Retention;
            var deleted = await parts.Storage.RetainAsync(cancel);
            foreach (var (topic, groups) in TopicReaders.Of(parts.Pipelines.Current))
                deleted += await parts.Storage.Topics.RetainAsync(topic, groups, before.ToUnixTimeMilliseconds(), cancel);
            foreach (var (pipeline, keepMs) in KeptResults.Of(parts.Pipelines.Current))
                deleted += await parts.Storage.Results.RetainAsync(pipeline, parts.Time.GetUtcNow().ToUnixTimeMilliseconds() - keepMs, cancel);
            await parts.Storage.ForgetSendersAsync(TopicNames.Metrics, IdempotencySenders.Prefix, (parts.Time.GetUtcNow() - IdempotencyHorizon).ToUnixTimeMilliseconds(), cancel);
            if (deleted > 0)
                log.LogInformation("Retention deleted {Records} records and rows; of metrics those older than {Before:u}", deleted, before);
        }
        catch (Exception e) when (e is StorageUnavailableException or StorageFullException)
        {
            log.LogWarning("Retention is tried again in a minute: {Reason}", e.Message);
        }
    }
}
