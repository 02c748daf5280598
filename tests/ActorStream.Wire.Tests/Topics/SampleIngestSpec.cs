using System.Buffers;
using System.Globalization;
using System.Text;
using ActorStream.Domain.Records;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class SampleIngestSpec
{
    private const int Partitions = 4;

    private readonly SampleIngest _ingest = new(Partitions, new SeriesInterner());

    [Fact]
    public void One_object_is_taken_as_it_was_sent_without_its_name()
    {
        var outcome = Read("""{"name":"received-packages", "value": 5.10, "ts": 1700000000000, "more": [1], "tags": {"a": 1}}""");

        Assert.Equal((IngestFault.None, true, 1, 0), (outcome.Fault, outcome.IsSingle, outcome.Tally.Accepted, outcome.Tally.RejectedTotal));
        Assert.Equal(("received-packages", "5.10"), (outcome.Name, outcome.ValueText));
        Assert.Equal([("received-packages", """{"value":5.10,"tags":{"a": 1},"ts":1700000000000}""")], Taken());
    }

    [Fact]
    public void A_name_decides_the_partition()
    {
        var names = Enumerable.Range(0, 100).Select(static i => $"metric-{i}").ToArray();

        var outcome = Read($"[{string.Join(',', names.Select(static n => $$"""{"name":"{{n}}","value":1}"""))}]");

        Assert.Equal(100, outcome.Tally.Accepted);
        foreach (var (partition, batch) in _ingest.Batches)
        {
            var keys = Keys(batch).ToArray();
            Assert.Equal(names.Where(n => StableHash.Bucket(n, Partitions) == partition), keys);
            Assert.Equal(keys.Length, batch.Count);
        }
    }

    [Fact]
    public void Escapes_in_a_name_are_resolved_before_the_partition_is_chosen()
    {
        var outcome = Read("""{"n\u0061me":"gr\u00f6\u00dfe \ud83d\ude80","value":1}""");

        Assert.Equal("größe 🚀", outcome.Name);
        Assert.Equal([("größe 🚀", """{"value":1}""")], Taken());
    }

    [Theory]
    [InlineData("""{"value":1}""", "no name")]
    [InlineData("""{"name":5,"value":1}""", "name is 5")]
    [InlineData("""{"name":null,"value":1}""", "name is null")]
    [InlineData("""{"name":"","value":1}""", "empty")]
    [InlineData("""{"name":"a\u0000","value":1}""", "control")]
    [InlineData("""{"name":"a\u007f","value":1}""", "control")]
    [InlineData("""{"name":"a\u0085","value":1}""", "control")]
    [InlineData("""{"name":"\ud800","value":1}""", "surrogate")]
    [InlineData("""{"name":"a"}""", "no value")]
    [InlineData("""{"name":"a","value":"5"}""", "\"5\"")]
    [InlineData("""{"name":"a","value":1e999}""", "finite")]
    [InlineData("""{"name":"a","value":1,"ts":"x"}""", "ts is")]
    [InlineData("""{"name":"a","value":1,"tags":{"a":[]}}""", "Tag a")]
    public void A_bad_sample_alone_is_refused_with_a_sentence(string body, string part)
    {
        var outcome = Read(body);

        Assert.Equal((IngestFault.None, true, 0, 1), (outcome.Fault, outcome.IsSingle, outcome.Tally.Accepted, outcome.Tally.RejectedTotal));
        Assert.Contains(part, outcome.Tally.Rejected.Single().Detail, StringComparison.Ordinal);
        Assert.Empty(Taken());
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void A_name_has_at_most_200_bytes(int bytes, bool isAccepted)
    {
        foreach (var name in (string[])[new string('n', bytes), string.Concat(Enumerable.Repeat("\\u006e", bytes))])
            Assert.Equal(isAccepted ? 1 : 0, Read($$"""{"name":"{{name}}","value":1}""").Tally.Accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("{")]
    [InlineData("""{"name":"a","value":NaN}""")]
    [InlineData("""{"name":"a","value":1} {"name":"b","value":1}""")]
    [InlineData("""[{"name":"a","value":1},{"name":"b","value":]""")]
    [InlineData("""[{"name":"a","value":1}""")]
    [InlineData("""[{"name":"a","value":1}] x""")]
    [InlineData("""[{"name":"a","value":1},]""")]
    public void Of_a_body_that_is_no_JSON_nothing_is_taken(string body)
    {
        var outcome = Read(body);

        Assert.Equal(IngestFault.NotJson, outcome.Fault);
        Assert.Equal((0, 0), (outcome.Tally.Accepted, outcome.Tally.RejectedTotal));
        Assert.NotEmpty(outcome.Detail!);
        Assert.Empty(Taken());
    }

    [Fact]
    public void A_body_that_is_not_UTF8_is_no_JSON() =>
        Assert.Equal(IngestFault.NotJson, _ingest.Read([.. "{\"name\":\""u8, 0xc3, .. "\",\"value\":1}"u8], isNdjson: false).Fault);

    [Theory]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public void JSON_that_is_neither_object_nor_array_has_the_wrong_shape(string body) => Assert.Equal(IngestFault.WrongShape, Read(body).Fault);

    [Fact]
    public void Bad_elements_of_an_array_are_listed_by_index_and_the_good_ones_taken()
    {
        var outcome = Read("""[{"name":"a","value":1}, 5, {"name":"b"}, [{"name":"c","value":1}], {"name":"d","value":2}]""");

        Assert.False(outcome.IsSingle);
        Assert.Equal((2, 3), (outcome.Tally.Accepted, outcome.Tally.RejectedTotal));
        Assert.Equal([1, 2, 3], outcome.Tally.Rejected.Select(static r => r.Index));
        Assert.Equal(["a", "d"], Taken().Select(static t => t.Name).Order());
    }

    [Fact]
    public void A_bad_line_is_refused_alone_and_blank_lines_do_not_count()
    {
        byte[] body = [.. "{\"name\":\"a\",\"value\":1}\r\n\n  \n{\"name\":\"b\",\"value\":\n"u8, .. "{\"name\":\""u8, 0xff, .. "\",\"value\":1}\n{\"a\":}\n{\"name\":\"c\",\"value\":3}\n{\"name\":\"d\",\"va"u8];

        var outcome = _ingest.Read(body, isNdjson: true);

        Assert.Equal((IngestFault.None, 2), (outcome.Fault, outcome.Tally.Accepted));
        Assert.Equal([1, 2, 3, 5], outcome.Tally.Rejected.Select(static r => r.Index));
        Assert.Equal(["a", "c"], Taken().Select(static t => t.Name).Order());
    }

    [Fact]
    public void Of_many_rejections_a_thousand_are_listed_and_all_counted()
    {
        var outcome = Read("[" + string.Join(',', Enumerable.Repeat("{}", 100_000)) + "]");

        Assert.Equal(100_000, outcome.Tally.RejectedTotal);
        Assert.Equal(Enumerable.Range(0, IngestTally.ListedMax), outcome.Tally.Rejected.Select(static r => r.Index));
    }

    [Fact]
    public void Too_many_broken_lines_refuse_the_body_and_lines_that_are_no_objects_do_not()
    {
        var good = "{\"name\":\"a\",\"value\":1}\n";

        var hostile = Read(good + string.Concat(Enumerable.Repeat("{}}\n", SampleIngest.BrokenLinesMax + 1)), isNdjson: true);
        Assert.Equal(IngestFault.NotJson, hostile.Fault);
        Assert.Empty(Taken());

        var clumsy = Read(good + string.Concat(Enumerable.Repeat("x\n", SampleIngest.BrokenLinesMax + 1)), isNdjson: true);
        Assert.Equal((IngestFault.None, 1, SampleIngest.BrokenLinesMax + 1), (clumsy.Fault, clumsy.Tally.Accepted, clumsy.Tally.RejectedTotal));
    }

    [Fact]
    public void A_body_in_pieces_and_with_a_byte_order_mark_is_read_as_one()
    {
        byte[] body = [0xef, 0xbb, 0xbf, .. "{\"name\":\"a\",\"value\":1}"u8];
        var first = new Piece(body.AsMemory(0, 11));
        var last = first.Append(body.AsMemory(11, 5)).Append(body.AsMemory(16));

        var outcome = _ingest.Read(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length), isNdjson: false);

        Assert.Equal("a", outcome.Name);
        Assert.Equal([("a", """{"value":1}""")], Taken());
    }

    [Fact]
    public void A_body_leaves_nothing_for_the_next()
    {
        Read("""{"name":"a","value":1}""");
        var first = Read("""{"name":"b"}""");

        Read("""{"name":"c","value":3}""");

        Assert.Equal([("c", """{"value":3}""")], Taken());
        Assert.Equal((0, 1), (first.Tally.Accepted, first.Tally.RejectedTotal));
    }

    [Fact]
    public void Whatever_is_accepted_is_read_from_the_topic_with_the_same_value()
    {
        var number = Gen.OneOf(Gen.Double.Select(static d => d.ToString("R", CultureInfo.InvariantCulture)), Pick("1e5", "-0", "1E-400", "1e999", "\"5\"", "null", "0.10"));
        var tags = Pick("", ",\"tags\":{}", ",\"tags\":null", ",\"tags\":{\"a\":1,\"b\":\"\\u00e9\"}", ",\"tags\":{\"a\":\"\\ud800\"}", ",\"tags\":[]", ",\"tags\":{\"x\":\"" + new string('y', 201) + "\"}");
        var time = Pick("", ",\"ts\":null", ",\"ts\":1700000000000", ",\"ts\":\"2023-11-14T22:13:20Z\"", ",\"ts\":1.5", ",\"ts\":\"soon\"");
        var json = new SampleJson(new SeriesInterner());
        var accepted = 0;

        Gen.Select(number, tags, time, Gen.Bool).Sample((value, tag, ts, isNdjson) =>
        {
            var outcome = Read($$"""{"name":"n","value":{{value}}{{tag}}{{ts}}}""", isNdjson);
            if (outcome.Tally.Accepted == 0)
                return;
            accepted++;
            var record = Taken().Single().Value;
            Assert.True(json.TryRead(Encoding.UTF8.GetBytes(record), out var sample, out var why), $"{record}: {why.Sentence}");
            Assert.Equal(BitConverter.DoubleToInt64Bits(double.Parse(value, CultureInfo.InvariantCulture)), BitConverter.DoubleToInt64Bits(sample.Value));
            Assert.Equal(ts.Contains("17", StringComparison.Ordinal) || ts.Contains("22", StringComparison.Ordinal), sample.TimeMs == 1_700_000_000_000);
            Assert.Equal(tag.Contains("\"a\"", StringComparison.Ordinal) ? 2 : 0, sample.Series.Tags.Count);
        }, iter: 5_000, threads: 1);

        Assert.True(accepted > 500, $"only {accepted} samples were accepted: the property says little");
    }

    [Fact]
    public void A_good_sample_allocates_nothing_of_its_own()
    {
        var one = Encoding.UTF8.GetBytes(Lines(10));
        var many = Encoding.UTF8.GetBytes(Lines(1_000));
        _ingest.Read(many, isNdjson: true);
        var small = Allocated(one);

        var large = Allocated(many);

        Assert.Equal(small, large);
    }

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(static i => $$"""{"name":"received-packages","value":{{i}}.5,"tags":{"machine":7},"ts":1700000000000}""" + "\n"));

    private static Gen<string> Pick(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    /// <summary>The least of some runs: while the runtime still compiles, a run may allocate for that.</summary>
    private long Allocated(byte[] body) => Enumerable.Range(0, 20).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ingest.Read(body, isNdjson: true);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });

    private IngestOutcome Read(string body, bool isNdjson = false) => _ingest.Read(Encoding.UTF8.GetBytes(body), isNdjson);

    private List<(string Name, string Value)> Taken()
    {
        var taken = new List<(string, string)>();
        foreach (var (_, batch) in _ingest.Batches)
        {
            var reader = new RecordBatchReader(batch.Written.Span);
            while (reader.Next())
                taken.Add((Encoding.UTF8.GetString(reader.Key), Encoding.UTF8.GetString(reader.Value)));
        }
        return taken;
    }

    private static List<string> Keys(RecordBatchWriter batch)
    {
        var keys = new List<string>();
        var reader = new RecordBatchReader(batch.Written.Span);
        while (reader.Next())
            keys.Add(Encoding.UTF8.GetString(reader.Key));
        return keys;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
