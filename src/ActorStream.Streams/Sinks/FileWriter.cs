using System.Buffers;
using System.Buffers.Binary;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Sinks;

/// <summary>Appends results to a file, a JSON line each: never a torn or repeated line, whatever dies when.</summary>
/// <remarks>The commit row holds the length that goes with its position; what the file has beyond it was not committed and is cut off at the start. The file is locked while it is open.</remarks>
internal sealed class FileWriter : IChunkWriter
{
    private readonly PartitionId _partition;
    private readonly ICommitStore _commits;
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _lines = new(1 << 16);

    /// <exception cref="IOException">Another process has the file, or it cannot be written.</exception>
    /// <exception cref="ReaderAnomalyException">The file is shorter than what was committed to it.</exception>
    public FileWriter(PartitionId partition, CommitRow row, string path, ICommitStore commits)
    {
        (_partition, _commits) = (partition, commits);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        var committed = row.ProcessorState.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(row.ProcessorState.Span) : _file.Length;
        if (_file.Length < committed)
        {
            var length = _file.Length;
            _file.Dispose();
            throw new ReaderAnomalyException($"{path} has {length} bytes, and {committed} were written and committed: somebody cut it. Put it back, or give the sink another name and file.");
        }
        _file.SetLength(committed);
        _file.Seek(0, SeekOrigin.End);
    }

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        _lines.ResetWrittenCount();
        ResultLines.Write(chunk, _lines);
        await _file.WriteAsync(_lines.WrittenMemory).ConfigureAwait(false);
        _file.Flush(flushToDisk: true);
        var state = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(state, _file.Length);
        var next = row with { Serial = row.Serial + 1, Position = chunk.Next, ProcessorState = state };
        return (await _commits.CommitAsync(_partition, next).ConfigureAwait(false), next);
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Results as sinks write them.</summary>
internal static class ResultLines
{
    public static void Write(TopicChunk chunk, IBufferWriter<byte> lines)
    {
        foreach (var batch in chunk.Batches)
        {
            var records = new RecordCursor(batch, chunk.Columns);
            while (records.Next())
            {
                if (records.Offset >= chunk.From)
                    ResultJson.WithProcessingTime(records.Value, records.AppendTimeMs, lines);
            }
        }
    }
}
