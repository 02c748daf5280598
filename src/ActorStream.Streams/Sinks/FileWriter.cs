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
/// <remarks>
/// The commit row holds the length that goes with its position; what the file has beyond it was not committed and is cut off before the first chunk is written.
/// That length is committed before it is made so: only who still owns the row cuts, and a file's first chunk has a length to go back to. The file is locked while it is open.
/// </remarks>
internal sealed class FileWriter : IChunkWriter
{
    private readonly PartitionId _partition;
    private readonly ICommitStore _commits;
    private readonly FileStream _file;
    private readonly long _committed;
    private readonly ArrayBufferWriter<byte> _lines = new(1 << 16);
    private bool _isCut;

    /// <exception cref="IOException">Another process has the file, or it cannot be written.</exception>
    /// <exception cref="ReaderAnomalyException">The file is shorter than what was committed to it.</exception>
    public FileWriter(PartitionId partition, CommitRow row, string path, ICommitStore commits)
    {
        (_partition, _commits) = (partition, commits);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        _committed = row.ProcessorState.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(row.ProcessorState.Span) : _file.Length;
        if (_file.Length < _committed)
        {
            var length = _file.Length;
            _file.Dispose();
            throw new ReaderAnomalyException($"{path} has {length} bytes, and {_committed} were written and committed: somebody cut it. Put it back, or give the sink another name and file.");
        }
    }

    public async Task<(CommitOutcome Outcome, CommitRow Row)> WriteAsync(CommitRow row, TopicChunk chunk)
    {
        if (!_isCut)
        {
            (var outcome, row) = await CommitAsync(row, row.Position, _committed).ConfigureAwait(false);
            if (outcome != CommitOutcome.Committed)
                return (outcome, row);
            _file.SetLength(_committed);
            _file.Seek(0, SeekOrigin.End);
            _isCut = true;
        }
        _lines.ResetWrittenCount();
        ResultLines.Write(chunk, _lines);
        await _file.WriteAsync(_lines.WrittenMemory).ConfigureAwait(false);
        _file.Flush(flushToDisk: true);
        return await CommitAsync(row, chunk.Next, _file.Length).ConfigureAwait(false);
    }

    public void Dispose() => _file.Dispose();

    private async Task<(CommitOutcome Outcome, CommitRow Row)> CommitAsync(CommitRow row, long position, long length)
    {
        var state = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(state, length);
        var next = row with { Serial = row.Serial + 1, Position = position, ProcessorState = state };
        return (await _commits.CommitAsync(_partition, next).ConfigureAwait(false), next);
    }
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
