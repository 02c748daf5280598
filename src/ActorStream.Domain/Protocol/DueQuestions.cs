namespace ActorStream.Domain.Protocol;

/// <summary>Who was asked about due series and not heard of since (rule 27); they need not be tracked. An unanswered question is asked again after 1 s, then up to 5 s.</summary>
internal sealed class DueQuestions
{
    private readonly Dictionary<string, Question> _open = [];

    /// <summary>Whether the entity may be asked now; it counts as asked then.</summary>
    public bool MayAsk(string entityId, long nowMs)
    {
        if (!_open.TryGetValue(entityId, out var question))
            _open.Add(entityId, question = new Question());
        else if (nowMs < question.AgainMs)
            return false;
        else
            question.PauseMs = Math.Min(2 * question.PauseMs, ReaderMachine.TickBackoffMaxMs);
        question.AgainMs = nowMs + question.PauseMs;
        return true;
    }

    public void Heard(string entityId) => _open.Remove(entityId);

    private sealed class Question
    {
        public long AgainMs;
        public int PauseMs = ReaderMachine.TickMs;
    }
}
