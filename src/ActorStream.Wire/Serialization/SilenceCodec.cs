using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;
using ActorStream.Wire.Protos;
using Google.Protobuf.Collections;

namespace ActorStream.Wire.Serialization;

/// <summary>Series that may fall silent, inside the state of a metric's alarms.</summary>
internal static class SilenceCodec
{
    public static SilencePart Write(SilenceState state)
    {
        var part = new SilencePart { Offset = state.Last.Offset, AppendTimeMs = state.AppendTimeMs, TimeMs = state.TimeMs, Value = state.Value };
        Series.Write(state.Series, part.Tags);
        // A series that is not watched has no last sample.
        if (state.Last.Partition is { } partition)
            part.Partition = Scalars.ToRef(partition);
        foreach (var (elsewhere, offset) in state.Elsewhere)
            part.Elsewhere.Add(new SilenceElsewherePart { Partition = Scalars.ToRef(elsewhere), Offset = offset });
        Write(state.Waiting, part.Waiting);
        Write(state.Told, part.Told);
        return part;
    }

    public static SilenceState Read(SilencePart part) => new(
        Series.Read(part.Tags),
        part.Partition is null ? default : new AppliedOffset(Scalars.FromRef(part.Partition), part.Offset),
        part.AppendTimeMs,
        part.TimeMs,
        part.Value,
        part.Elsewhere.Select(static e => new AppliedOffset(Scalars.FromRef(e.Partition), e.Offset)).ToArray(),
        Ids(part.Waiting),
        Ids(part.Told));

    private static void Write(IReadOnlyList<Guid> ids, RepeatedField<ulong> halves)
    {
        foreach (var id in ids)
        {
            var (high, low) = Scalars.Split(id);
            halves.Add(high);
            halves.Add(low);
        }
    }

    private static Guid[] Ids(RepeatedField<ulong> halves)
    {
        if (halves.Count % 2 != 0)
            throw new SerializationException($"Rules of a silence hold {halves.Count} halves of ids; they come in pairs.");
        var ids = new Guid[halves.Count / 2];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = Scalars.Join(halves[2 * i], halves[(2 * i) + 1]);
        return ids;
    }
}
