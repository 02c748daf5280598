using System.Runtime.Serialization;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>Sessions as columns.</summary>
internal static class SessionsCodec
{
    public static SessionsPart Write(ReadOnlySpan<SessionState> sessions)
    {
        var part = new SessionsPart { Cells = new CellsPart() };
        part.Starts.Capacity = part.Ends.Capacity = part.Revisions.Capacity = part.Fired.Capacity = part.Absorbed.Capacity = sessions.Length;
        var (starts, absorbedStarts) = (new Differences(part.Starts), new Differences(part.AbsorbedStarts));
        var cells = new CellsWriter(part.Cells, sessions.Length);
        foreach (ref readonly var session in sessions)
        {
            starts.Add(session.StartMs);
            part.Ends.Add(unchecked(session.EndMs - session.StartMs));
            part.Revisions.Add(session.Revision);
            part.Fired.Add(session.IsFired);
            cells.Add(session.Cell);
            part.Absorbed.Add((uint)session.Absorbed.Count);
            foreach (var (startMs, endMs, revision) in Columns.SpanOf(session.Absorbed))
            {
                absorbedStarts.Add(startMs);
                part.AbsorbedEnds.Add(unchecked(endMs - startMs));
                part.AbsorbedRevisions.Add(revision);
            }
        }
        cells.End();
        Columns.DropZeros(part.Fired);
        Columns.DropZeros(part.Absorbed);
        return part;
    }

    public static SessionState[] Read(SessionsPart part)
    {
        var count = part.Starts.Count;
        var (starts, ends) = (Columns.FromDifferences(part.Starts, count, "starts"), Columns.ToArray(part.Ends, count, "ends"));
        var (revisions, fired) = (Columns.ToArray(part.Revisions, count, "revisions"), Columns.ToArrayOrZeros(part.Fired, count, "fired"));
        var cells = CellsReader.Read(part.Cells, count);
        var counts = Columns.ToArrayOrZeros(part.Absorbed, count, "absorbed");
        var absorbed = ReadAbsorbed(part);
        var (sessions, at) = (new SessionState[count], 0);
        for (var i = 0; i < count; i++)
        {
            if (counts[i] > absorbed.Length - at)
                throw new SerializationException($"Session {i} has taken in {counts[i]} others, of {absorbed.Length - at} that are left.");
            var to = at + (int)counts[i];
            sessions[i] = new SessionState(starts[i], unchecked(starts[i] + ends[i]), revisions[i], fired[i], cells[i], to == at ? [] : absorbed[at..to]);
            at = to;
        }
        Columns.RequireCount(absorbed.Length, at, "absorbed_starts");
        return sessions;
    }

    private static AbsorbedSession[] ReadAbsorbed(SessionsPart part)
    {
        var count = part.AbsorbedStarts.Count;
        var (starts, ends) = (Columns.FromDifferences(part.AbsorbedStarts, count, "absorbed_starts"), Columns.ToArray(part.AbsorbedEnds, count, "absorbed_ends"));
        var revisions = Columns.ToArray(part.AbsorbedRevisions, count, "absorbed_revisions");
        var absorbed = new AbsorbedSession[count];
        for (var i = 0; i < count; i++)
            absorbed[i] = new AbsorbedSession(starts[i], unchecked(starts[i] + ends[i]), revisions[i]);
        return absorbed;
    }
}
