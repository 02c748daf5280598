using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka.Native;

/// <summary>The few calls of librdkafka's public C interface that read records in batches; Confluent.Kafka, which brings the library along, hands out one object per record.</summary>
/// <remarks>Names are those of rdkafka.h, where each is described. Calls that neither wait nor call back leave out the switch of the collector's mode: it would cost more than they do.</remarks>
internal static unsafe partial class Librdkafka
{
    private const string Library = "librdkafka";

    /// <summary>The build that loads on this machine, in the order in which Confluent.Kafka tries them.</summary>
    private static readonly string[] Builds = ["librdkafka", "alpine-librdkafka", "centos8-librdkafka"];

    static Librdkafka() => NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Resolve);

    /// <summary>Of a <c>rd_kafka_message_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Message
    {
        public ErrorCode Error;
        public nint Topic;
        public int Partition;
        public byte* Payload;
        public nuint PayloadLength;
        public byte* Key;
        public nuint KeyLength;
        public long Offset;
        public nint Private;

        public readonly bool IsNull => Payload is null;

        public readonly ReadOnlySpan<byte> KeyBytes => new(Key, (int)KeyLength);

        public readonly ReadOnlySpan<byte> PayloadBytes => new(Payload, (int)PayloadLength);
    }

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_conf_new();

    [LibraryImport(Library)]
    internal static partial void rd_kafka_conf_destroy(nint conf);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_conf_set(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_conf_set_log_cb(nint conf, nint callback);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_new(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Library)]
    internal static partial ErrorCode rd_kafka_poll_set_consumer(nint client);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_queue_get_consumer(nint client);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_queue_destroy(nint queue);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_topic_partition_list_new(int size);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rd_kafka_topic_partition_list_add(nint list, string topic, int partition);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial ErrorCode rd_kafka_topic_partition_list_set_offset(nint list, string topic, int partition, long offset);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_topic_partition_list_destroy(nint list);

    [LibraryImport(Library)]
    internal static partial ErrorCode rd_kafka_assign(nint client, nint list);

    /// <summary>Waits until the array is full or the time is over; -1 on failure.</summary>
    [LibraryImport(Library)]
    internal static partial nint rd_kafka_consume_batch_queue(nint queue, int timeoutMs, Message** messages, nuint size);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long rd_kafka_message_timestamp(Message* message, int* type);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void rd_kafka_message_destroy(Message* message);

    [LibraryImport(Library)]
    internal static partial byte* rd_kafka_err2str(ErrorCode error);

    [LibraryImport(Library)]
    internal static partial ErrorCode rd_kafka_last_error();

    [LibraryImport(Library)]
    internal static partial void rd_kafka_destroy_flags(nint client, int flags);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        foreach (var build in Builds)
        {
            if (NativeLibrary.TryLoad(build, typeof(ConsumerConfig).Assembly, path, out var handle) || NativeLibrary.TryLoad(build, assembly, path, out handle))
                return handle;
        }
        throw new DllNotFoundException($"None of {string.Join(", ", Builds)} can be loaded; they come with the package librdkafka.redist and lie in runtimes/{RuntimeInformation.RuntimeIdentifier}/native.");
    }
}
