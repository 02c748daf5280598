using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;

namespace ActorStream.Edge.Bodies;

/// <summary>Inflates a body that was read whole; stops at the bound, whatever the compressed bytes promise.</summary>
internal static class GzipBody
{
    private const int ChunkBytes = 64 << 10;

    // Ten bytes before and eight behind the shortest content.
    private const int OverheadBytes = 18;

    /// <summary>Null: answered (400, 413).</summary>
    public static async ValueTask<PooledBody?> InflateAsync(HttpContext context, PooledBody compressed, int bytesMax)
    {
        var body = new PooledBody(Math.Clamp(compressed.Length * 4, 1, bytesMax));
        var kept = false;
        try
        {
            if (!TryInflate(compressed, body, bytesMax))
                await Problem.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, $"The body has more than {bytesMax} bytes after inflation; at most {bytesMax} are taken. Send it in several requests.");
            else if (WhyNotWhole(compressed.Memory.Span, body.Length) is { } why)
                await RefuseAsync(context, why);
            else
                kept = true;
        }
        catch (InvalidDataException)
        {
            await RefuseAsync(context, "Content-Encoding says gzip, and the body is none or is damaged.");
        }
        finally
        {
            if (!kept)
                body.Dispose();
        }
        return kept ? body : null;
    }

    /// <summary>False: beyond the bound, of which at most one chunk more was inflated.</summary>
    private static bool TryInflate(PooledBody compressed, PooledBody body, int bytesMax)
    {
        MemoryMarshal.TryGetArray(compressed.Memory, out var bytes);
        using var gzip = new GZipStream(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false), CompressionMode.Decompress);
        Span<byte> chunk = new byte[Math.Min(ChunkBytes, bytesMax + 1)];
        while (gzip.Read(chunk) is var read and > 0)
        {
            if (body.Length + read > bytesMax)
                return false;
            body.Append(chunk[..read]);
        }
        return true;
    }

    /// <summary>The stream ends without a word where its input ends; only the length at the end tells a body that was cut off.</summary>
    private static string? WhyNotWhole(ReadOnlySpan<byte> compressed, int length)
    {
        if (compressed.Length < OverheadBytes)
            return $"The gzip body has {compressed.Length} bytes, and the shortest has {OverheadBytes}: it is cut off.";
        var told = BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]);
        return told == (uint)length ? null : $"The gzip body says at its end that it holds {told} bytes, and {length} came out: it is cut off, or several are joined. Send one whole gzip stream.";
    }

    private static Task RefuseAsync(HttpContext context, string sentence)
        => Problem.WriteAsync(context, StatusCodes.Status400BadRequest, sentence + " Nothing of it was taken.");
}
