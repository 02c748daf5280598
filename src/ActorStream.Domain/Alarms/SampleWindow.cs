using System.Runtime.CompilerServices;

namespace ActorStream.Domain.Alarms;

/// <summary>The trailing window (t - d, t] of one series by sample time, where t is the greatest time seen: its samples and their running sum. Hot path.</summary>
/// <remarks>
/// Outline: 1. a sample at or below t - d is late and changes nothing; 2. another one is put in its place by time (after equal times), most often the end;
/// 3. what fell out leaves at the front; 4. the sum follows by a compensated addition (Neumaier 1974), and is made anew from the samples
/// whenever as many left as are in, so that a rounding error never outlives one window. Amortised cost per sample does not depend on the length.
/// The sum is kept scaled by 2^-24, so that no 16 million finite values overflow it; magnitudes below 1e-300 lose digits by that.
/// </remarks>
internal sealed class SampleWindow(long windowMs)
{
    private const double Scale = 1.0 / (1 << 24);
    private const double Unscale = 1 << 24;
    private const int RecountMin = 64;
    private const int CapacityMin = 4;

    private readonly List<WindowSample> _added = [];
    private WindowSample[] _ring = new WindowSample[CapacityMin];
    private int _head;
    private double _sum;
    private double _correction;
    private int _leftSinceRecount;
    private bool _isWholeDirty = true;

    public long WindowMs => windowMs;

    public int Count { get; private set; }

    public bool IsDirty => _isWholeDirty ? Count > 0 : _added.Count > 0;

    public long OldestMs => At(0).TimeMs;

    public long NewestMs => At(Count - 1).TimeMs;

    /// <summary>Of all samples; beyond ±1.8e308 that bound.</summary>
    public double Sum => Bounded((_sum + _correction) * Unscale);

    /// <summary>To the nearest double but for the last bit; always finite. At least one sample.</summary>
    public double Average
    {
        get
        {
            // Both parts of the sum take part in the division: the average of equal values is that value.
            var total = _sum + _correction;
            var part = total - _sum;
            var rest = (_sum - (total - part)) + (_correction - part);
            var quotient = total / Count;
            var remainder = Math.FusedMultiplyAdd(-quotient, Count, total) + rest;
            return Bounded((quotient + (remainder / Count)) * Unscale);
        }
    }

    /// <summary>False: the sample is older than the window and was not taken.</summary>
    public bool TryAdd(long timeMs, double value)
    {
        if (Count > 0 && IsOut(timeMs, NewestMs))
            return false;
        var sample = new WindowSample(timeMs, value);
        Insert(sample);
        Accumulate(value * Scale);
        Evict();
        if (_leftSinceRecount >= Math.Max(Count, RecountMin))
            Recount();
        if (!_isWholeDirty)
            Remember(sample);
        return true;
    }

    /// <summary>A sample of this time pushes the oldest one out. At least one sample.</summary>
    public bool WouldEvict(long timeMs) => IsOut(OldestMs, timeMs);

    public WindowEvidence Evidence()
    {
        var newest = new WindowSample[Math.Min(Count, WindowEvidence.NewestMax)];
        for (var i = 0; i < newest.Length; i++)
            newest[i] = At(Count - 1 - i);
        return new WindowEvidence(windowMs, Count, Sum, OldestMs, NewestMs, newest);
    }

    /// <summary>What came since the last capture; evictions follow from the times.</summary>
    public WindowChange Capture()
    {
        if (_isWholeDirty)
        {
            _isWholeDirty = false;
            return CaptureAll();
        }
        var change = new WindowChange(false, _added.ToArray(), _sum, _correction, _leftSinceRecount);
        _added.Clear();
        return change;
    }

    public WindowChange CaptureAll()
    {
        var samples = new WindowSample[Count];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = At(i);
        return new WindowChange(true, samples, _sum, _correction, _leftSinceRecount);
    }

    /// <summary>Replays a change. The sum comes back bit for bit, not by adding up again.</summary>
    public void Fold(WindowChange change)
    {
        if (change.IsWhole)
            (_head, Count) = (0, 0);
        foreach (var sample in change.Added)
        {
            Insert(sample);
            Evict();
        }
        (_sum, _correction, _leftSinceRecount) = (change.Sum, change.Correction, change.LeftSinceRecount);
        _isWholeDirty = false;
        _added.Clear();
    }

    // As a difference of unsigned numbers: any two times have one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOut(long timeMs, long newestMs) => timeMs < newestMs && unchecked((ulong)newestMs - (ulong)timeMs) >= (ulong)windowMs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref WindowSample At(int index) => ref _ring[(_head + index) & (_ring.Length - 1)];

    private void Insert(WindowSample sample)
    {
        if (Count == _ring.Length)
            Resize(2 * _ring.Length);
        var at = Count++;
        while (at > 0 && At(at - 1).TimeMs > sample.TimeMs)
        {
            At(at) = At(at - 1);
            at--;
        }
        At(at) = sample;
    }

    private void Evict()
    {
        var newest = NewestMs;
        while (IsOut(OldestMs, newest))
        {
            Accumulate(-At(0).Value * Scale);
            _head = (_head + 1) & (_ring.Length - 1);
            Count--;
            _leftSinceRecount++;
        }
        if (_ring.Length > 16 && Count < _ring.Length / 4)
            Resize(_ring.Length / 2);
    }

    private void Resize(int capacity)
    {
        var ring = new WindowSample[capacity];
        for (var i = 0; i < Count; i++)
            ring[i] = At(i);
        (_ring, _head) = (ring, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Accumulate(double value)
    {
        var sum = _sum + value;
        _correction += Math.Abs(_sum) >= Math.Abs(value) ? (_sum - sum) + value : (value - sum) + _sum;
        _sum = sum;
    }

    private void Recount()
    {
        (_sum, _correction, _leftSinceRecount) = (0, 0, 0);
        for (var i = 0; i < Count; i++)
            Accumulate(At(i).Value * Scale);
    }

    private void Remember(WindowSample sample)
    {
        _added.Add(sample);
        if (_added.Count <= Count)
            return;
        // More came than is left: the window as it is says it shorter, and what waits for a checkpoint stays bounded.
        _isWholeDirty = true;
        _added.Clear();
    }

    private static double Bounded(double value) => Math.Clamp(value, double.MinValue, double.MaxValue);
}
