using ActorStream.Streams.Kafka.Native;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>The thread that consumes one partition and hands over whole chunks, never more than were taken plus a few ahead.</summary>
internal sealed class KafkaPump(ConsumerConfig config, TopicPartitionOffset from, ChunkBounds bounds, int aheadMax, Action<TopicChunk> deliver, Action<Exception> fail)
{
    private static readonly TimeSpan WaitMost = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _room = new(aheadMax);
    private readonly CancellationTokenSource _stop = new();

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"kafka {from.Topic}/{from.Partition.Value}" }.Start();

    /// <summary>A delivered chunk was taken: there is room for one more.</summary>
    public void Taken() => _room.Release();

    /// <summary>Ends the thread, which closes its consumer; does not wait for it.</summary>
    public void Stop() => _stop.Cancel();

    private void Run()
    {
        try
        {
            var builder = new ChunkBuilder(from.Offset.Value);
            using var consumer = new BatchConsumer(config, from);
            while (!_stop.IsCancellationRequested)
            {
                _room.Wait(_stop.Token);
                if (Fill(consumer, builder))
                    deliver(builder.Build());
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The stage is over and asked for this.
            return;
        }
        catch (Exception e) when (e is KafkaException or InvalidOperationException)
        {
            fail(e);
        }
    }

    /// <summary>Waits for something, then takes what is there, up to the bounds. False: it was told to stop.</summary>
    private bool Fill(BatchConsumer consumer, ChunkBuilder builder)
    {
        while (!_stop.IsCancellationRequested)
        {
            var wait = WaitMost;
            while (consumer.Take(bounds.RecordsMax - builder.Count, wait, builder) > 0)
            {
                if (builder.Count >= bounds.RecordsMax || builder.Bytes >= bounds.BytesMax)
                    return true;
                wait = TimeSpan.Zero;
            }
            if (builder.HasMoved)
                return true;
        }
        return false;
    }
}
