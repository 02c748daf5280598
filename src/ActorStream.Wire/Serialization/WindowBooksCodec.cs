using System.Runtime.Serialization;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Books of a key group, whether it sums up or joins.</summary>
internal static class WindowBooksCodec
{
    public static WindowBooksPart Write(WindowBooks books)
    {
        var part = new WindowBooksPart { In = books.In, OnTime = books.OnTime, LateAccepted = books.LateAccepted, LateRejected = books.LateRejected, Refused = books.Refused };
        foreach (var spec in books.Specs)
            part.Specs.Add(new SpecBooksPart { Created = spec.Created, Completed = spec.Completed, Expired = spec.Expired, Merged = spec.Merged, Rejections = spec.Rejections });
        return part;
    }

    /// <exception cref="SerializationException">There are none.</exception>
    public static WindowBooks Read(WindowBooksPart? part) => part is null
        ? throw new SerializationException("The books of a key group are missing.")
        : new WindowBooks(
            part.In, part.OnTime, part.LateAccepted, part.LateRejected, part.Refused,
            part.Specs.Select(static s => new SpecBooks(s.Created, s.Completed, s.Expired, s.Merged, s.Rejections)).ToArray());
}
