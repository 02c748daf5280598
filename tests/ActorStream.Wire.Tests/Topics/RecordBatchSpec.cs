using System.Text;
using ActorStream.Wire.Topics;
using CsCheck;
using Xunit;

namespace ActorStream.Wire.Tests.Topics;

public sealed class RecordBatchSpec
{
    private static readonly Gen<(byte[] Key, byte[]? Value)[]> Records = Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300].Null()).Array[0, 40];

    [Fact]
    public void Any_records_come_back_in_order_with_empty_told_from_null() => Records.Sample(static records =>
    {
        var writer = Write(records);

        var back = Read(writer.Written.Span);

        Assert.Equal(records.Length, writer.Count);
        Assert.Equal(writer.Written.Length, writer.Bytes);
        Assert.Equal(records.Select(Text), back.Select(Text));
    });

    [Fact]
    public void A_cleared_writer_starts_again() => Records.Sample(static records =>
    {
        var writer = Write([("old"u8.ToArray(), "older"u8.ToArray())]);

        writer.Clear();
        AddAll(writer, records);

        Assert.Equal(Write(records).Written.ToArray(), writer.Written.ToArray());
    });

    [Fact]
    public void The_bytes_of_version_1_are_these()
    {
        var writer = Write([("k"u8.ToArray(), "vw"u8.ToArray()), ("é"u8.ToArray(), null), ([], [])]);

        Assert.Equal("01" + "016B" + "037677" + "02C3A9" + "00" + "00" + "01", Convert.ToHexString(writer.Written.Span));
    }

    [Fact]
    public void Lengths_beyond_one_byte_are_kept()
    {
        foreach (var length in (int[])[126, 127, 128, 16_382, 16_383, 16_384, 3_000_000])
        {
            var value = new byte[length];
            value[^1] = 7;

            var back = Read(Write([("k"u8.ToArray(), value)]).Written.Span);

            Assert.Equal(value, back.Single().Value);
        }
    }

    [Theory]
    [InlineData("", "version none")]
    [InlineData("00", "version 0")]
    [InlineData("02", "version 2")]
    [InlineData("0105", "5 bytes wanted")]
    [InlineData("010161", "cut")]
    [InlineData("01016180", "cut")]
    [InlineData("010161056161", "4 bytes wanted")]
    [InlineData("01FFFFFFFFFF01", "cut")]
    [InlineData("01FFFFFFFF0F61", "4294967295 bytes wanted")]
    public void A_blob_that_is_cut_or_of_another_version_is_refused(string hex, string part)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(Convert.FromHexString(hex)));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_with_any_change_is_read_or_refused_and_always_ends() => Gen.Select(Records, Gen.Int[0, 10_000], Gen.Byte, Gen.Bool).Sample(static (records, at, value, isCut) =>
    {
        var blob = Write(records).Written.ToArray();
        at %= blob.Length;
        blob[at] = value;

        var error = Record.Exception(() => Read(isCut ? blob.AsSpan(0, at) : blob));

        Assert.True(error is null or InvalidDataException, error?.ToString());
    });

    private static RecordBatchWriter Write((byte[] Key, byte[]? Value)[] records)
    {
        var writer = new RecordBatchWriter(16);
        AddAll(writer, records);
        return writer;
    }

    private static void AddAll(RecordBatchWriter writer, (byte[] Key, byte[]? Value)[] records)
    {
        foreach (var (key, value) in records)
        {
            if (value is null)
                writer.AddNull(key);
            else
                writer.Add(key, value);
        }
    }

    private static List<(byte[] Key, byte[]? Value)> Read(ReadOnlySpan<byte> blob)
    {
        var records = new List<(byte[], byte[]?)>();
        var reader = new RecordBatchReader(blob);
        while (reader.Next())
            records.Add((reader.Key.ToArray(), reader.IsNull ? null : reader.Value.ToArray()));
        return records;
    }

    private static string Text((byte[] Key, byte[]? Value) record) => new StringBuilder(Convert.ToHexString(record.Key)).Append('=').Append(record.Value is null ? "null" : Convert.ToHexString(record.Value)).ToString();
}
