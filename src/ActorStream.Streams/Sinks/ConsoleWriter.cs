using System.Buffers;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Writes results to standard output, a JSON line each. Nobody can take a line back: what was printed and not committed is printed again after a crash.</summary>
internal sealed class ConsoleWriter(PartitionId partition, Stream output, ICommitStore commits) : IChunkWriter
{
    private readonly ArrayBufferWriter<byte> _lines = new(1 << 16);

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        _lines.ResetWrittenCount();
        ResultLines.Write(chunk, _lines);
        await output.WriteAsync(_lines.WrittenMemory).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next };
        return (await commits.CommitAsync(partition, next).ConfigureAwait(false), next);
    }

    public void Dispose()
    {
    }
}
