using ActorStream.Storage.Contracts;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Topics;

/// <summary>A running source hears of new records through this; from any thread.</summary>
public interface ITopicHint
{
    /// <summary>Something may have been appended. Cheap, may come in any number.</summary>
    void Appended();
}

/// <summary>Reads one partition from an offset, for ever. Nothing is read ahead: a chunk is read when it is asked for.</summary>
/// <param name="recordsMax">Records of one chunk, rounded up to whole stored batches.</param>
/// <param name="bytesMax">The same in stored bytes.</param>
/// <remarks>At the head it waits for a hint, and looks by itself every <see cref="PollMs"/>: a hint may be lost. A failed read fails the stage.</remarks>
internal sealed class TopicSource(ITopicStore topics, string topic, int partition, long from, int recordsMax, int bytesMax)
    : GraphStageWithMaterializedValue<SourceShape<TopicChunk>, ITopicHint>
{
    public const int PollMs = 200;

    private readonly Outlet<TopicChunk> _out = new("Topic.out");

    public override SourceShape<TopicChunk> Shape => new(_out);

    protected override Attributes InitialAttributes => Attributes.CreateName($"topic-{topic}-{partition}");

    public override ILogicAndMaterializedValue<ITopicHint> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<ITopicHint>(logic, logic);
    }

    private sealed class Logic : TimerGraphStageLogic, ITopicHint
    {
        private readonly TopicSource _stage;
        private readonly Action _wake;
        private long _next;
        private long _seenStamp = -1;
        private int _hinted;

        public Logic(TopicSource stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _next = stage.FromOffset;
            _wake = GetAsyncCallback(OnHint);
            SetHandler(stage._out, onPull: () => Read(force: true));
        }

        public override void PreStart() => ScheduleRepeatedly("poll", TimeSpan.FromMilliseconds(PollMs));

        public void Appended()
        {
            if (Interlocked.Exchange(ref _hinted, 1) == 0)
                _wake();
        }

        protected override void OnTimer(object timerKey) => Read(force: false);

        private void OnHint()
        {
            Volatile.Write(ref _hinted, 0);
            Read(force: true);
        }

        private void Read(bool force)
        {
            if (!IsAvailable(_stage._out))
                return;
            var stamp = _stage.Topics.ChangeStampOf(_stage.Topic);
            if (!force && stamp == _seenStamp)
                return;
            _seenStamp = stamp;
            var batches = _stage.Topics.Read(_stage.Topic, _stage.Partition, _next, _stage.RecordsMax, _stage.BytesMax);
            if (batches.Count == 0)
                return;
            var chunk = new TopicChunk(_next, batches);
            _next = chunk.Next;
            Push(_stage._out, chunk);
        }
    }

    private ITopicStore Topics => topics;

    private string Topic => topic;

    private int Partition => partition;

    private long FromOffset => from;

    private int RecordsMax => recordsMax;

    private int BytesMax => bytesMax;
}
