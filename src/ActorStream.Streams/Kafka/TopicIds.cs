using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ActorStream.Streams.Kafka;

/// <summary>Knows a topic's id, which changes when it is made anew; null where nobody tells.</summary>
internal interface ITopicIds
{
    Task<string?> OfAsync(string topic);
}

/// <summary>Asks the brokers. Whoever does not tell ids, or has no controller at the moment, is not asked for a minute.</summary>
internal sealed class TopicIds(IAdminClient admin, TimeProvider time) : ITopicIds
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(60);

    private long _refusedAt;

    public async Task<string?> OfAsync(string topic)
    {
        var refusedAt = Interlocked.Read(ref _refusedAt);
        if (refusedAt != 0 && time.GetElapsedTime(refusedAt) < AskAgain)
            return null;
        try
        {
            var described = await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = Patience }).ConfigureAwait(false);
            var id = described.TopicDescriptions[0].TopicId;
            return id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0) ? null : id.ToString();
        }
        catch (KafkaException)
        {
            // Without an id a topic made anew is still known by its offsets.
            Interlocked.Exchange(ref _refusedAt, time.GetTimestamp());
            return null;
        }
    }
}
