using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Windows;

/// <summary>What the specs of a key group share.</summary>
internal sealed class WindowShared
{
    public readonly DueQueue Due = new();

    /// <summary>Keys changed since the last capture, in order of change; a key that is gone is among them.</summary>
    public readonly List<(SpecWindows Spec, KeyWindows Key)> Dirty = [];

    /// <summary>Keys whose fired windows changed in this Apply.</summary>
    public readonly List<(SpecWindows Spec, KeyWindows Key)> Touched = [];

    /// <summary>How far the windows have fired.</summary>
    public long Watermark;

    public int Keys;

    /// <summary>Panes and sessions held.</summary>
    public int Cells;

    /// <summary>Windows that will emit a further revision at the end of this Apply.</summary>
    public int TouchedWindows;
}

/// <summary>What a spec says about an event before anything is changed.</summary>
/// <param name="Rejections">Windows that reject it; they come before those that take it.</param>
/// <param name="IsLate">Some window's end is at or behind the watermark of the event's partition.</param>
/// <param name="Concludes">A window that has fired changes: a further revision follows.</param>
/// <param name="First">The first window that takes it.</param>
/// <param name="From">Lowest window that may count the event where it is kept.</param>
/// <param name="WindowStartMs">Of the last window that rejects it; where none does, of the first that takes it.</param>
internal readonly record struct Verdict(
    long Rejections, bool IsAccepted, bool IsLate, bool NeedsKey, bool NeedsCell, bool Concludes, long First, long From, long WindowStartMs, long WindowEndMs, long WatermarkMs, LateReason Reason);

/// <summary>All windows of one spec in a key group.</summary>
internal abstract class SpecWindows(WindowPlan plan, int index, WindowShared shared)
{
    protected readonly WindowPlan Plan = plan;
    protected readonly WindowSpec Spec = plan.Specs[index];
    protected readonly WindowShared Shared = shared;
    protected readonly bool HasExtras = plan.Aggregates != AggregateKind.Basic;
    protected readonly bool IsFinal = plan.Emit == EmitMode.Final;
    private readonly string _name = plan.NameOf(index);

    public int Index => index;

    public SpecBooks Books { get; protected set; }

    /// <summary>With it, a later plan knows what this one's state is of.</summary>
    public SpecStamp Stamp => new(Spec, ClosedThrough);

    /// <summary><inheritdoc cref="SpecStamp" path="/param[@name='ClosedThrough']"/> The hot path need not look at it: it only takes what ends behind the watermark.</summary>
    protected long ClosedThrough { get; private set; } = PartitionId.NoTime;

    /// <summary>Windows with an end at or below it take nothing more.</summary>
    protected long ClosedNow => Math.Max(Shared.Watermark - Spec.AllowedLatenessMs, ClosedThrough);

    /// <summary>Keys are given by their index in this batch from here on.</summary>
    public abstract void Begin(EventBatch batch);

    /// <summary>Adds events from <paramref name="index"/> on for as long as each falls into what its key has open, on time for every window; returns the first that does not.</summary>
    public abstract int AddRun(EventBatch batch, int index, int partition);

    /// <summary>The event at this place of the columns is such a one; <see cref="AddFound"/> adds it.</summary>
    public abstract bool TryFind(EventColumns columns, int at);

    public abstract void AddFound(EventColumns columns, int at, in WindowEvent e);

    public abstract Verdict Judge(EventColumns columns, int at);

    /// <summary>Adds an event that was accepted.</summary>
    public abstract void Add(EventColumns columns, int at, in WindowEvent e, in Verdict verdict);

    /// <summary>The key's next window to fire, or false.</summary>
    public abstract bool TryNextDue(KeyWindows key, out DueAt at);

    /// <summary>Emits the window just found by <see cref="TryNextDue"/>.</summary>
    public abstract void Fire(KeyWindows key, IOutputs outputs);

    /// <summary>Emits a further revision of what changed after it fired.</summary>
    public abstract void Revise(KeyWindows key, IOutputs outputs);

    /// <summary>Forgets what cannot change any more.</summary>
    public abstract void Close(KeyWindows key);

    /// <summary>Puts every key into the queue anew.</summary>
    public abstract void Enqueue();

    public abstract void Capture(KeyWindows key, WindowCapture into, bool all);

    public abstract void CaptureAll(WindowCapture into);

    /// <summary>Forgets every window.</summary>
    public abstract void Clear();

    /// <summary>For operators.</summary>
    public abstract void Describe(WindowListing into);

    /// <summary>Goes on with what a stored state has of these windows, up to its watermark. What they have closed stays closed when they are given more lateness.</summary>
    /// <param name="stamp">Null: with the lateness there is.</param>
    public void GoOn(SpecBooks books, SpecStamp? stamp, long watermark)
    {
        Books = books;
        ClosedThrough = stamp?.ClosedThrough ?? PartitionId.NoTime;
        if (stamp is not null && stamp.Spec.AllowedLatenessMs < Spec.AllowedLatenessMs)
            ClosedThrough = Math.Max(ClosedThrough, watermark - stamp.Spec.AllowedLatenessMs);
    }

    /// <summary>The stored state has none of these windows. The pipeline may have had them before: what has ended by then could have spoken.</summary>
    public void StartAnew(long watermark)
    {
        Clear();
        ClosedThrough = watermark;
    }

    public void CountRejections(long windows) => Books = Books with { Rejections = Books.Rejections + windows };

    protected void MarkDirty(KeyWindows key)
    {
        if (key.IsDirty)
            return;
        key.IsDirty = true;
        Shared.Dirty.Add((this, key));
    }

    /// <summary>A fired window of the key changed by the record at this offset.</summary>
    protected void Touch(KeyWindows key, long offset)
    {
        Shared.TouchedWindows++;
        if (key.IsTouched)
            return;
        key.IsTouched = true;
        key.Cause = offset;
        Shared.Touched.Add((this, key));
    }

    /// <summary>When a window with that end takes nothing more.</summary>
    protected long ClosesAt(long endMs) => endMs <= ClosedThrough ? endMs : endMs + Spec.AllowedLatenessMs;

    /// <summary>What closed a window with that end, other than the watermark of an event's partition.</summary>
    protected long ClosedBy(long endMs) => endMs + Spec.AllowedLatenessMs <= Shared.Watermark ? Shared.Watermark : ClosedThrough;

    protected WindowDescription Description(KeyWindows key, long startMs, long endMs, long count, bool isFired) =>
        new($"{_name}_{key.Key}_{startMs}", key.Key, index, startMs, endMs, count, isFired);

    protected WindowResult Result(KeyWindows key, long startMs, long endMs, int revision, WindowData data) =>
        new(Plan.PipelineId, _name, key.Key, index, Spec.Type, startMs, endMs, revision, data);

    protected void Emit(IOutputs outputs, WindowResult result, long cause) => outputs.Emit(Plan.ResultsTopic, result.Key, result, cause);
}
