using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Mock;

/// <summary>Hands over what is due of one partition, when it is asked for; ends never, as a file that was read does not. Nothing is made ahead.</summary>
/// <param name="from">Offset of its first event.</param>
internal sealed class MockSource(MockEvents events, MockPace pace, long from, TimeProvider time) : GraphStageWithMaterializedValue<SourceShape<TopicChunk>, ITopicHint>
{
    private const int ChunkRecordsMax = 8_192;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private readonly Outlet<TopicChunk> _out = new("Mock.out");

    public override SourceShape<TopicChunk> Shape => new(_out);

    protected override Attributes InitialAttributes => Attributes.CreateName("mock");

    public override ILogicAndMaterializedValue<ITopicHint> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<ITopicHint>(logic, logic);
    }

    private MockEvents Events => events;

    private MockPace Pace => pace;

    private long From => from;

    private TimeProvider Time => time;

    private sealed class Logic : TimerGraphStageLogic, ITopicHint
    {
        private readonly MockSource _stage;
        private readonly long _began;
        private long _next;

        public Logic(MockSource stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _next = stage.From;
            _began = stage.Time.GetTimestamp();
            SetHandler(stage._out, onPull: PushWhatIsDue);
        }

        /// <summary>Only the clock brings something.</summary>
        public void Appended()
        {
        }

        public override void PreStart() => ScheduleRepeatedly("look", LookEvery);

        protected override void OnTimer(object timerKey)
        {
            if (IsAvailable(_stage._out))
                PushWhatIsDue();
        }

        private void PushWhatIsDue()
        {
            var count = (int)Math.Min(ChunkRecordsMax, _stage.Pace.DueAt(_stage.Time.GetElapsedTime(_began)) - _next);
            if (count <= 0)
                return;
            var chunk = _stage.Events.Read(_next, count);
            _next = chunk.Next;
            Push(_stage._out, chunk);
        }
    }
}
