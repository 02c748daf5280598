using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using Akka.Actor;

namespace ActorStream.Streams.Readers;

/// <summary>One use of a topic: who reads it, how it is decoded, and who gets it.</summary>
/// <param name="Name">Reader group; part of every commit row's key.</param>
/// <param name="Entities">Region of the entities it feeds; nobody for a group whose records go to a sink.</param>
/// <param name="FixedEntities">Groups that are ticked each second for as long as the reader lives (protocol.md rule 9).</param>
/// <param name="Decoder">Makes the decoder of one stream.</param>
public sealed record ReaderGroup(
    string Name, string Topic, IActorRef Entities, IReadOnlyList<string> FixedEntities, Func<PartitionId, CommitRow, ChunkDecoder> Decoder)
{
    /// <summary>Its entities wait for series to fall silent: the reader looks into the due table (protocol.md rule 27).</summary>
    public bool JudgesSilence { get; init; }

    /// <summary>Its entities live by a watermark over all partitions; null: time is only what each record carries.</summary>
    public TimePolicy? Time { get; init; }

    /// <summary>Of a join, the topic that is read beside this one under the same name: the watermark is over the partitions of both.</summary>
    public string? OtherTopic { get; init; }

    /// <summary>How often its entities are asked for a checkpoint, and its rows are looked at. Milliseconds.</summary>
    public int TickMs { get; init; } = ReaderMachine.TickMs;

    /// <summary>The pipeline whose source it reads: while that is stopped none of its readers runs. Null: it always runs.</summary>
    public string? Pipeline { get; init; }

    /// <summary>Its pipeline's results go to sinks.</summary>
    public bool HasSinks { get; init; }

    /// <summary>Where its records are; null: the topic of its name.</summary>
    public IRecordLog? Log { get; init; }

    /// <summary>Null: those of the node.</summary>
    public ReaderBounds? Bounds { get; init; }
}
