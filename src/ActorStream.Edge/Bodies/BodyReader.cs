using System.IO.Pipelines;
using ActorStream.Edge.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace ActorStream.Edge.Bodies;

/// <summary>Reads a body whole, or answers why not.</summary>
internal static class BodyReader
{
    // What a client claims in Content-Length is not rented before it was sent.
    private const int FirstRentBytesMax = 1 << 20;
    private const int FirstRentBytes = 16 << 10;

    /// <summary>Null: the request is answered (413) or its connection closed.</summary>
    public static async ValueTask<PooledBody?> ReadAsync(HttpContext context, int bytesMax, long discardBytesMax)
    {
        var claimed = context.Request.ContentLength;
        if (claimed > discardBytesMax || (claimed > bytesMax && context.Request.Headers.Expect.Count > 0))
        {
            // Nothing of it is read, so the connection cannot be used again.
            context.Response.Headers.Connection = "close";
            await TooLargeAsync(context, claimed.Value, bytesMax);
            return null;
        }
        var reader = context.Request.BodyReader;
        var body = new PooledBody((int)Math.Clamp(claimed ?? FirstRentBytes, 1, FirstRentBytesMax));
        var kept = false;
        try
        {
            if (claimed is not > 0 || claimed <= bytesMax)
                kept = await FillAsync(reader, body, bytesMax, context.RequestAborted);
            if (kept)
                return body;
            if (await DiscardAsync(reader, body.Length, discardBytesMax, context.RequestAborted) is { } size)
                await TooLargeAsync(context, size, bytesMax);
            else
                context.Abort();
            return null;
        }
        finally
        {
            if (!kept)
                body.Dispose();
        }
    }

    /// <summary>False: the body is longer; what was taken so far is counted in it.</summary>
    private static async ValueTask<bool> FillAsync(PipeReader reader, PooledBody body, int bytesMax, CancellationToken cancel)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            var fits = body.Length + read.Buffer.Length <= bytesMax;
            if (fits)
                body.Append(read.Buffer);
            reader.AdvanceTo(fits ? read.Buffer.End : read.Buffer.Start);
            if (!fits || read.IsCompleted)
                return fits;
        }
    }

    /// <summary>The size of the whole body in bytes; null when it is beyond the bound.</summary>
    private static async ValueTask<long?> DiscardAsync(PipeReader reader, long taken, long bytesMax, CancellationToken cancel)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            taken += read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            if (taken > bytesMax)
                return null;
            if (read.IsCompleted)
                return taken;
        }
    }

    private static Task TooLargeAsync(HttpContext context, long bytes, int bytesMax)
        => Problem.WriteAsync(context, StatusCodes.Status413PayloadTooLarge, $"The body has {bytes} bytes; at most {bytesMax} are taken. Send it in several requests.");
}
