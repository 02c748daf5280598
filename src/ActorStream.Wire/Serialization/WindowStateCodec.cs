using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>State of a key group's windows, inside its checkpoints and snapshots. A group may hold a million windows: columns, no message per window. Sums come back bit for bit.</summary>
internal static class WindowStateCodec
{
    public static WindowStateMessage Write(WindowStateChange change) => Write(change.Watermark, change.Books, change.Contents, change.Stamp);

    public static WindowStateMessage Write(WindowStateSnapshot snapshot) => Write(snapshot.Watermark, snapshot.Books, snapshot.Contents, snapshot.Stamp);

    public static WindowStateChange ReadChange(WindowStateMessage message) =>
        new(ReadWatermark(message), WindowBooksCodec.Read(message.Books), ReadContents(message)) { Stamp = PlanStampCodec.Read(message.Stamp) };

    public static WindowStateSnapshot ReadSnapshot(WindowStateMessage message) =>
        new(ReadWatermark(message), WindowBooksCodec.Read(message.Books), ReadContents(message)) { Stamp = PlanStampCodec.Read(message.Stamp) };

    private static WindowStateMessage Write(long watermark, WindowBooks books, WindowContents contents, PlanStamp? stamp)
    {
        var message = new WindowStateMessage { Books = WindowBooksCodec.Write(books) };
        if (watermark != PartitionId.NoTime)
            message.Watermark = watermark;
        if (stamp is not null)
            message.Stamp = PlanStampCodec.Write(stamp);
        if (contents.PanedKeys.Count > 0)
            message.PanedKeys = WritePanedKeys(Columns.SpanOf(contents.PanedKeys));
        if (contents.Panes.Count > 0)
            message.Panes = WritePanes(Columns.SpanOf(contents.Panes));
        if (contents.Fired.Count > 0)
            message.Fired = WriteFired(Columns.SpanOf(contents.Fired));
        if (contents.SessionKeys.Count > 0)
            message.SessionKeys = WriteSessionKeys(Columns.SpanOf(contents.SessionKeys));
        if (contents.Sessions.Count > 0)
            message.Sessions = SessionsCodec.Write(Columns.SpanOf(contents.Sessions));
        return message;
    }

    private static long ReadWatermark(WindowStateMessage message) => message.HasWatermark ? message.Watermark : PartitionId.NoTime;

    private static WindowContents ReadContents(WindowStateMessage message)
    {
        var contents = new WindowContents(
            message.PanedKeys is { } panedKeys ? ReadPanedKeys(panedKeys) : [],
            message.Panes is { } panes ? ReadPanes(panes) : [],
            message.Fired is { } fired ? ReadFired(fired) : [],
            message.SessionKeys is { } sessionKeys ? ReadSessionKeys(sessionKeys) : [],
            message.Sessions is { } sessions ? SessionsCodec.Read(sessions) : []);
        Columns.RequireDealt(contents.PanedKeys.Select(static k => k.Panes), contents.Panes.Count, "panes");
        Columns.RequireDealt(contents.PanedKeys.Select(static k => k.Fired), contents.Fired.Count, "fired windows");
        Columns.RequireDealt(contents.SessionKeys.Select(static k => k.Sessions), contents.Sessions.Count, "sessions");
        return contents;
    }

    private static PanedKeysPart WritePanedKeys(ReadOnlySpan<PanedKeyState> keys)
    {
        var part = new PanedKeysPart();
        part.Keys.Capacity = part.Specs.Capacity = part.NextWindows.Capacity = part.PanesFrom.Capacity = part.Panes.Capacity = part.FiredFrom.Capacity = part.Fired.Capacity = keys.Length;
        var (nextWindows, panesFrom, firedFrom) = (new Differences(part.NextWindows), new Differences(part.PanesFrom), new Differences(part.FiredFrom));
        foreach (ref readonly var key in keys)
        {
            part.Keys.Add(key.Key);
            part.Specs.Add(key.Spec);
            nextWindows.Add(key.NextWindow);
            panesFrom.Add(key.PanesFrom);
            part.Panes.Add(key.Panes);
            firedFrom.Add(key.FiredFrom);
            part.Fired.Add(key.Fired);
        }
        Columns.DropZeros(part.Specs);
        Columns.DropZeros(part.Fired);
        return part;
    }

    private static PanedKeyState[] ReadPanedKeys(PanedKeysPart part)
    {
        var count = part.Keys.Count;
        var (specs, nextWindows) = (Columns.ToArrayOrZeros(part.Specs, count, "specs"), Columns.FromDifferences(part.NextWindows, count, "next_windows"));
        var (panesFrom, panes) = (Columns.FromDifferences(part.PanesFrom, count, "panes_from"), Columns.ToArray(part.Panes, count, "panes"));
        var (firedFrom, fired) = (Columns.FromDifferences(part.FiredFrom, count, "fired_from"), Columns.ToArrayOrZeros(part.Fired, count, "fired"));
        var keys = new PanedKeyState[count];
        for (var i = 0; i < count; i++)
            keys[i] = new PanedKeyState(specs[i], part.Keys[i], nextWindows[i], panesFrom[i], panes[i], firedFrom[i], fired[i]);
        return keys;
    }

    private static PanesPart WritePanes(ReadOnlySpan<PaneState> panes)
    {
        var part = new PanesPart { Cells = new CellsPart() };
        var places = new PanePlaces(part.Indexes, part.From, panes.Length);
        var cells = new CellsWriter(part.Cells, panes.Length);
        foreach (ref readonly var pane in panes)
        {
            places.Add(pane.Index, pane.From);
            cells.Add(pane.Cell);
        }
        places.End();
        cells.End();
        return part;
    }

    private static PaneState[] ReadPanes(PanesPart part)
    {
        var (indexes, from) = PanePlaces.Read(part.Indexes, part.From);
        var cells = CellsReader.Read(part.Cells, indexes.Length);
        var panes = new PaneState[indexes.Length];
        for (var i = 0; i < panes.Length; i++)
            panes[i] = new PaneState(indexes[i], from[i], cells[i]);
        return panes;
    }

    private static FiredWindowsPart WriteFired(ReadOnlySpan<FiredWindowState> fired)
    {
        var part = new FiredWindowsPart();
        part.Windows.Capacity = part.Revisions.Capacity = fired.Length;
        var windows = new Differences(part.Windows);
        foreach (var (window, revision) in fired)
        {
            windows.Add(window);
            part.Revisions.Add(revision);
        }
        return part;
    }

    private static FiredWindowState[] ReadFired(FiredWindowsPart part)
    {
        var count = part.Windows.Count;
        var (windows, revisions) = (Columns.FromDifferences(part.Windows, count, "windows"), Columns.ToArray(part.Revisions, count, "revisions"));
        var fired = new FiredWindowState[count];
        for (var i = 0; i < count; i++)
            fired[i] = new FiredWindowState(windows[i], revisions[i]);
        return fired;
    }

    private static SessionKeysPart WriteSessionKeys(ReadOnlySpan<SessionKeyState> keys)
    {
        var part = new SessionKeysPart();
        part.Keys.Capacity = part.Specs.Capacity = part.SessionsFrom.Capacity = part.Sessions.Capacity = keys.Length;
        var sessionsFrom = new Differences(part.SessionsFrom);
        foreach (ref readonly var key in keys)
        {
            part.Keys.Add(key.Key);
            part.Specs.Add(key.Spec);
            sessionsFrom.Add(key.SessionsFrom);
            part.Sessions.Add(key.Sessions);
        }
        Columns.DropZeros(part.Specs);
        return part;
    }

    private static SessionKeyState[] ReadSessionKeys(SessionKeysPart part)
    {
        var count = part.Keys.Count;
        var specs = Columns.ToArrayOrZeros(part.Specs, count, "specs");
        var (sessionsFrom, sessions) = (Columns.FromDifferences(part.SessionsFrom, count, "sessions_from"), Columns.ToArray(part.Sessions, count, "sessions"));
        var keys = new SessionKeyState[count];
        for (var i = 0; i < count; i++)
            keys[i] = new SessionKeyState(specs[i], part.Keys[i], sessionsFrom[i], sessions[i]);
        return keys;
    }
}
