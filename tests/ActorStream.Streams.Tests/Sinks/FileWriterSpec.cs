using System.Text;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Storage.Contracts;
using ActorStream.Streams.Readers;
using ActorStream.Streams.Sinks;
using ActorStream.Streams.Tests.Support;
using ActorStream.Streams.Topics;
using ActorStream.Wire.Topics;

namespace ActorStream.Streams.Tests.Sinks;

public sealed class FileWriterSpec : IDisposable
{
    private static readonly PartitionId Partition = new("sink.p.out", "results.p", 1, 0);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.jsonl");
    private readonly FakeCommits _commits = new();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task What_was_written_and_not_committed_is_cut_off_at_the_start_so_no_line_is_torn_or_there_twice()
    {
        var row = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, row, _path, _commits))
            (_, row) = await writer.WriteAsync(row, Chunk(0, 2));
        // A crash after the write and before the commit: one line whole, one torn.
        File.AppendAllText(_path, "{\"window_id\":\"w2\",\"processing_time\":\"x\"}\n{\"windo");

        row = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, row, _path, _commits))
            await writer.WriteAsync(row, Chunk(row.Position, 2));

        Assert.Equal(["w0", "w1", "w2", "w3"], Ids());
        Assert.Equal(4, _commits.Row.Position);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"window_id\":\"old\"}\n")]
    public async Task A_first_chunk_that_was_written_and_not_committed_is_cut_off_too(string before)
    {
        File.WriteAllText(_path, before);
        var row = await _commits.ClaimAsync(Partition, 0);
        _commits.OnCommit = next => _ = next.Position == 0 ? 0 : throw new IOException("The process dies here.");
        using (var dying = new FileWriter(Partition, row, _path, _commits))
            await Assert.ThrowsAsync<IOException>(() => dying.WriteAsync(row, Chunk(0, 2)));
        _commits.OnCommit = null;
        Assert.Equal(["w0", "w1"], Ids().TakeLast(2));

        row = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, row, _path, _commits))
            await writer.WriteAsync(row, Chunk(row.Position, 2));

        Assert.Equal([.. before == "" ? Array.Empty<string>() : ["old"], "w0", "w1"], Ids());
    }

    [Fact]
    public async Task A_writer_that_comes_late_with_an_old_claim_leaves_what_the_next_one_committed()
    {
        var old = await _commits.ClaimAsync(Partition, 0);
        var row = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, row, _path, _commits))
            await writer.WriteAsync(row, Chunk(0, 2));

        File.AppendAllText(_path, "{\"window_id\":\"w2\"}\n");
        using (var late = new FileWriter(Partition, old with { ProcessorState = new byte[sizeof(long)] }, _path, _commits))
            Assert.Equal(CommitOutcome.Fenced, (await late.WriteAsync(old, Chunk(0, 1))).Outcome);

        Assert.Equal(["w0", "w1", "w2"], Ids());
    }

    [Fact]
    public async Task A_writer_that_was_fenced_says_so_and_what_it_wrote_is_cut_off_by_the_next()
    {
        var old = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, old, _path, _commits))
        {
            await _commits.ClaimAsync(Partition, 0);
            Assert.Equal(CommitOutcome.Fenced, (await writer.WriteAsync(old, Chunk(0, 1))).Outcome);
        }
        var row = await _commits.ClaimAsync(Partition, 0);
        File.WriteAllText(_path, "");

        using (var writer = new FileWriter(Partition, row, _path, _commits))
            await writer.WriteAsync(row, Chunk(0, 1));

        Assert.Equal(["w0"], Ids());
    }

    [Fact]
    public async Task A_file_is_locked_while_it_is_open()
    {
        var row = await _commits.ClaimAsync(Partition, 0);
        using var writer = new FileWriter(Partition, row, _path, _commits);

        Assert.Throws<IOException>(() => new FileWriter(Partition, row, _path, _commits));
    }

    [Fact]
    public async Task A_file_shorter_than_what_was_committed_is_refused_with_both_lengths()
    {
        var row = await _commits.ClaimAsync(Partition, 0);
        using (var writer = new FileWriter(Partition, row, _path, _commits))
            (_, row) = await writer.WriteAsync(row, Chunk(0, 2));
        File.WriteAllText(_path, "x");

        var refused = Assert.Throws<ReaderAnomalyException>(() => new FileWriter(Partition, row, _path, _commits));

        Assert.Contains("has 1 bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_file_held_before_the_sink_is_kept()
    {
        File.WriteAllText(_path, "{\"window_id\":\"old\"}\n");
        var row = await _commits.ClaimAsync(Partition, 0);

        using (var writer = new FileWriter(Partition, row, _path, _commits))
            await writer.WriteAsync(row, Chunk(0, 1));

        Assert.Equal(["old", "w0"], Ids());
    }

    private IEnumerable<string> Ids() => File.ReadAllLines(_path).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("window_id").GetString()!);

    private static TopicChunk Chunk(long first, int count)
    {
        var records = new RecordBatchWriter();
        for (var offset = first; offset < first + count; offset++)
            records.Add("key"u8, Encoding.UTF8.GetBytes($$"""{"window_id":"w{{offset}}"}"""));
        return new TopicChunk(first, [new StoredBatch(first, count, 1_000, records.Written.ToArray())]);
    }
}
