using System.Text.Json;
using ActorStream.Domain.Nodes;
using ActorStream.Hosting.Nodes;
using ActorStream.Streams.Readers;
using Akka.Actor;
using Akka.Cluster;

namespace ActorStream.Hosting.Facade;

/// <summary>Questions to entities and nodes. Each has a time limit; null: there was no answer.</summary>
internal sealed class ClusterQuestions(ActorSystem system)
{
    public static readonly TimeSpan EntityTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(3);

    public static async Task<Report?> AskAsync(IActorRef region, object question, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            return await region.Ask<Report>(question, timeout, cancel);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>What a reader says of itself, wherever it is.</summary>
    public static async Task<ReaderReport?> ReaderAsync(IActorRef readers, string readerId, CancellationToken cancel) =>
        await AskAsync(readers, new DescribeEntity(readerId), EntityTimeout, cancel) is { } report ? JsonSerializer.Deserialize(report.Json, ReaderReportJson.Default.ReaderReport) : null;

    public async Task<T?> AskNodeAsync<T>(Member member, string kind, string argument, CancellationToken cancel)
        where T : class
    {
        var agent = system.ActorSelection(new RootActorPath(member.Address) / "user" / NodeAgentActor.Name);
        try
        {
            return JsonSerializer.Deserialize<T>((await agent.Ask<Report>(new NodeQuery(kind, argument), NodeTimeout, cancel)).Json);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
