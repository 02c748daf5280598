using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams.Dsl;

namespace ActorStream.Streams.Files;

/// <summary>Files of lines as a log: each file is one partition in file order, a record's offset is the byte its line begins at.</summary>
/// <param name="paths">In the order of their partitions.</param>
/// <param name="isBounded">The log ends where the files end; else it waits for more.</param>
/// <remarks>While a file named as one of them with <see cref="GrowingSuffix"/> lies beside it, somebody is still writing it: it has not ended.</remarks>
public sealed class FileLog(IReadOnlyList<string> paths, bool isBounded, TimeProvider time) : IRecordLog
{
    public const string GrowingSuffix = ".growing";

    /// <summary>Where the last whole line ends, as the running source saw it; nobody knows before it has looked.</summary>
    private readonly long[] _heads = [.. paths.Select(_ => long.MaxValue)];

    public int Partitions => paths.Count;

    public Source<TopicChunk, ITopicHint> Open(PartitionId partition, CommitRow row)
    {
        var index = partition.Partition;
        Volatile.Write(ref _heads[index], long.MaxValue);
        return Source.FromGraph(new FileSource(paths[index], row.Position, () => HasEnded(index), head => Volatile.Write(ref _heads[index], head), time));
    }

    public (long Head, bool HasEnded) EndOf(int partition) => (Volatile.Read(ref _heads[partition]), HasEnded(partition));

    private bool HasEnded(int partition) => isBounded && !File.Exists(paths[partition] + GrowingSuffix);
}
