using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorStream.Storage.Contracts;

namespace ActorStream.Hosting.Facade;

/// <summary>Names and marks under which requests with an idempotency key append. No entity is called so.</summary>
public static class IdempotencySenders
{
    public const string Prefix = "http-idem/";

    public static string NameOf(string key) => Prefix + key;

    /// <summary>By which a repeat of a request is told from another one under its key: the same for the same samples in the same order, however the body was spaced or compressed.</summary>
    public static long MarkOf(IReadOnlyList<NewBatch> batches)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var batch in batches)
            hash.AppendData(batch.Blob.Span);
        return Math.Max(1, BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset()) & long.MaxValue);
    }
}
