namespace ActorStream.Domain.Notices;

/// <summary>When a webhook may be asked again. Lives as long as an incarnation; what it decides is journaled (<see cref="AttemptFinished.NotBeforeMs"/>).</summary>
internal sealed class ChannelPace
{
    private const int DoublingsMax = 30;

    private int _failures;

    // Null: the receiver said nothing yet.
    private int? _tokens;
    private long _filledAtMs;

    /// <summary>A request is made: it costs a token even if its answer never comes.</summary>
    public void Spend()
    {
        if (_tokens > 0)
            _tokens--;
    }

    /// <summary>Epoch milliseconds; 0: at once.</summary>
    /// <param name="outcome">As it will be journaled.</param>
    /// <param name="answer">What the receiver asked for.</param>
    /// <param name="nowMs">Epoch milliseconds.</param>
    /// <param name="options">Bounds of the backoff.</param>
    /// <param name="jitter">A number from 0 to 1 for each backoff.</param>
    public long NotBefore(AttemptOutcome outcome, NoticeAnswer answer, long nowMs, NoticeOptions options, Func<double> jitter)
    {
        // Without one the older budget still holds, less what was spent since: a refused request may have cost a token too.
        if (answer.Budget is { } budget)
            (_tokens, _filledAtMs) = (budget.Remaining, nowMs + budget.ResetAfterMs);
        var isAnswered = outcome != AttemptOutcome.Unknown && (outcome != AttemptOutcome.NotTaken || answer.RetryAfterMs is not null);
        var pauseMs = isAnswered ? Answered(answer.RetryAfterMs ?? 0) : Backoff(answer.RetryAfterMs ?? 0, options, jitter());
        var notBefore = pauseMs > 0 ? nowMs + pauseMs : 0;
        return _tokens == 0 && _filledAtMs > nowMs ? Math.Max(notBefore, _filledAtMs) : notBefore;
    }

    private long Answered(long askedMs)
    {
        _failures = 0;
        return askedMs;
    }

    /// <summary>Exponential with jitter, never below what was asked for.</summary>
    private long Backoff(long askedMs, NoticeOptions options, double jitter)
    {
        _failures = Math.Min(_failures + 1, DoublingsMax);
        var cap = Math.Min(options.BackoffMaxMs, (long)options.BackoffMinMs << _failures);
        return Math.Max(askedMs, options.BackoffMinMs + (long)(jitter * (cap - options.BackoffMinMs)));
    }
}
