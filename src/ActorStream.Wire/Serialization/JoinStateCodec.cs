using ActorStream.Domain.Joins;
using ActorStream.Domain.Records;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>State of a key group of a join, inside its checkpoints and snapshots: columns, no message per event. Values come back bit for bit.</summary>
internal static class JoinStateCodec
{
    public static JoinStateMessage Write(JoinStateChange change) => Write(change.Watermark, change.Books, change.Rows, change.Contents);

    public static JoinStateMessage Write(JoinStateSnapshot snapshot) => Write(snapshot.Watermark, snapshot.Books, snapshot.Rows, snapshot.Contents);

    public static JoinStateChange ReadChange(JoinStateMessage message) => new(ReadWatermark(message), WindowBooksCodec.Read(message.Books), ReadRows(message.Rows), ReadContents(message));

    public static JoinStateSnapshot ReadSnapshot(JoinStateMessage message) => new(ReadWatermark(message), WindowBooksCodec.Read(message.Books), ReadRows(message.Rows), ReadContents(message));

    private static JoinStateMessage Write(long watermark, WindowBooks books, JoinRowsState? rows, JoinContents contents)
    {
        var message = new JoinStateMessage { Books = WindowBooksCodec.Write(books), Rows = WriteRows(rows) };
        if (watermark != PartitionId.NoTime)
            message.Watermark = watermark;
        if (contents.Keys.Count > 0)
            message.Keys = WriteKeys(Columns.SpanOf(contents.Keys));
        if (contents.Panes.Count > 0)
            message.Panes = WritePanes(Columns.SpanOf(contents.Panes));
        if (contents.Events.Count > 0)
            message.Events = WriteEvents(Columns.SpanOf(contents.Events));
        return message;
    }

    private static long ReadWatermark(JoinStateMessage message) => message.HasWatermark ? message.Watermark : PartitionId.NoTime;

    private static JoinContents ReadContents(JoinStateMessage message)
    {
        var contents = new JoinContents(
            message.Keys is { } keys ? ReadKeys(keys) : [], message.Panes is { } panes ? ReadPanes(panes) : [], message.Events is { } events ? ReadEvents(events) : []);
        Columns.RequireDealt(contents.Keys.Select(static k => k.Panes), contents.Panes.Count, "panes");
        Columns.RequireDealt(contents.Panes.SelectMany(static p => new[] { p.Left, p.Right }), contents.Events.Count, "events");
        return contents;
    }

    private static JoinRowsPart? WriteRows(JoinRowsState? rows)
    {
        if (rows is null)
            return null;
        var part = new JoinRowsPart { Key = rows.Key, Window = rows.Window, LastWindow = rows.LastWindow, PaneIndex = rows.PaneIndex, PaneFrom = rows.PaneFrom, Done = rows.Done };
        if (rows.NewSide is { } side)
            part.NewIsRight = side == JoinSide.Right;
        return part;
    }

    private static JoinRowsState? ReadRows(JoinRowsPart? part) => part is null
        ? null
        : new JoinRowsState(
            part.Key, part.Window, part.LastWindow, part.HasNewIsRight ? part.NewIsRight ? JoinSide.Right : JoinSide.Left : null, part.PaneIndex, part.PaneFrom, part.Done);

    private static JoinKeysPart WriteKeys(ReadOnlySpan<JoinKeyState> keys)
    {
        var part = new JoinKeysPart();
        part.Keys.Capacity = part.NextWindows.Capacity = part.OpenFrom.Capacity = part.Panes.Capacity = keys.Length;
        var (nextWindows, openFrom) = (new Differences(part.NextWindows), new Differences(part.OpenFrom));
        foreach (ref readonly var key in keys)
        {
            part.Keys.Add(key.Key);
            nextWindows.Add(key.NextWindow);
            openFrom.Add(key.OpenFrom);
            part.Panes.Add(key.Panes);
        }
        return part;
    }

    private static JoinKeyState[] ReadKeys(JoinKeysPart part)
    {
        var count = part.Keys.Count;
        var (nextWindows, openFrom) = (Columns.FromDifferences(part.NextWindows, count, "next_windows"), Columns.FromDifferences(part.OpenFrom, count, "open_from"));
        var panes = Columns.ToArray(part.Panes, count, "panes");
        var keys = new JoinKeyState[count];
        for (var i = 0; i < count; i++)
            keys[i] = new JoinKeyState(part.Keys[i], nextWindows[i], openFrom[i], panes[i]);
        return keys;
    }

    private static JoinPanesPart WritePanes(ReadOnlySpan<JoinPaneState> panes)
    {
        var part = new JoinPanesPart();
        part.Left.Capacity = part.Right.Capacity = panes.Length;
        var places = new PanePlaces(part.Indexes, part.From, panes.Length);
        foreach (var (index, from, left, right) in panes)
        {
            places.Add(index, from);
            part.Left.Add(left);
            part.Right.Add(right);
        }
        places.End();
        return part;
    }

    private static JoinPaneState[] ReadPanes(JoinPanesPart part)
    {
        var (indexes, from) = PanePlaces.Read(part.Indexes, part.From);
        var (left, right) = (Columns.ToArray(part.Left, indexes.Length, "left"), Columns.ToArray(part.Right, indexes.Length, "right"));
        var panes = new JoinPaneState[indexes.Length];
        for (var i = 0; i < panes.Length; i++)
            panes[i] = new JoinPaneState(indexes[i], from[i], left[i], right[i]);
        return panes;
    }

    private static JoinEventsPart WriteEvents(ReadOnlySpan<JoinedEvent> events)
    {
        var part = new JoinEventsPart();
        part.Times.Capacity = part.Values.Capacity = part.Partitions.Capacity = part.Incarnations.Capacity = part.Offsets.Capacity = events.Length;
        var (times, offsets) = (new Differences(part.Times), new Differences(part.Offsets));
        foreach (ref readonly var e in events)
        {
            times.Add(e.TimeMs);
            part.Values.Add(e.Value);
            part.Partitions.Add(e.Partition);
            part.Incarnations.Add(unchecked(e.Incarnation - 1));
            offsets.Add(e.Offset);
        }
        Columns.DropZeros(part.Partitions);
        Columns.DropZeros(part.Incarnations);
        return part;
    }

    private static JoinedEvent[] ReadEvents(JoinEventsPart part)
    {
        var count = part.Times.Count;
        var (times, values) = (Columns.FromDifferences(part.Times, count, "times"), Columns.ToArray(part.Values, count, "values"));
        var (partitions, incarnations) = (Columns.ToArrayOrZeros(part.Partitions, count, "partitions"), Columns.ToArrayOrZeros(part.Incarnations, count, "incarnations"));
        var offsets = Columns.FromDifferences(part.Offsets, count, "offsets");
        var events = new JoinedEvent[count];
        for (var i = 0; i < count; i++)
            events[i] = new JoinedEvent(times[i], values[i], partitions[i], unchecked(incarnations[i] + 1), offsets[i]);
        return events;
    }
}
