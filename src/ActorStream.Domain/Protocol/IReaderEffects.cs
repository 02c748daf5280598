namespace ActorStream.Domain.Protocol;

/// <summary>What a reader asks of its surroundings. Calls return at once; outcomes come back as inputs of the machine.</summary>
public interface IReaderEffects
{
    void Send(Apply apply);

    /// <summary>One update of the whole row, fenced by epoch and serial; answered by <see cref="ReaderMachine.OnCommitted"/>.</summary>
    void Commit(CommitRow row);

    /// <summary>An anomaly: forget everything and start again from the committed row, with backoff.</summary>
    void Restart(string reason);

    /// <summary>This reader ends, and is not started again by itself.</summary>
    void Stop(string reason);
}
