namespace ActorStream.Actors.Entities;

/// <summary>What an entity may delete (protocol.md rule 22): all that the two newest snapshots known to be saved do not need. Saves are acknowledged in any order.</summary>
/// <remarks>One deletion at a time: two that overlap would wait for each other's rows in a circle, and PostgreSQL would end one of them.</remarks>
internal sealed class SavedSnapshots
{
    private long _newest;
    private long _older;
    private long _asked;
    private bool _isDeleting;

    /// <summary>The one that recovery began with.</summary>
    public void Loaded(long sequence) => _newest = sequence;

    /// <returns>Events up to here and snapshots before it are to be deleted now; null: nothing is.</returns>
    public long? Saved(long sequence)
    {
        _older = Math.Max(_older, Math.Min(sequence, _newest));
        _newest = Math.Max(sequence, _newest);
        return Next();
    }

    /// <summary>The deletion of events that was asked for has ended; what failed is covered by the next one.</summary>
    /// <inheritdoc cref="Saved"/>
    public long? Deleted()
    {
        _isDeleting = false;
        return Next();
    }

    private long? Next()
    {
        if (_isDeleting || _older <= _asked)
            return null;
        _isDeleting = true;
        return _asked = _older;
    }
}
