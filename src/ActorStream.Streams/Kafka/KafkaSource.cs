using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Stage;
using Confluent.Kafka;

namespace ActorStream.Streams.Kafka;

/// <summary>Reads one partition of a Kafka topic from an offset, for ever: <see cref="TopicSource"/> for topics that lie there.</summary>
/// <remarks>A consumer and a thread per partition: what is not asked for waits in the consumer's bounded queue, and a consumer that waits costs nothing. Brokers that are gone are only silence.</remarks>
/// <param name="whyEnd">Asked each second; a sentence fails the stage.</param>
internal sealed class KafkaSource(ConsumerConfig config, TopicPartitionOffset from, ChunkBounds bounds, Func<string?> whyEnd)
    : GraphStageWithMaterializedValue<SourceShape<TopicChunk>, ITopicHint>
{
    /// <summary>Chunks that are made while another is worked on.</summary>
    private const int AheadMax = 2;

    private readonly Outlet<TopicChunk> _out = new("Kafka.out");

    public override SourceShape<TopicChunk> Shape => new(_out);

    protected override Attributes InitialAttributes => Attributes.CreateName($"kafka-{from.Topic}-{from.Partition.Value}");

    public override ILogicAndMaterializedValue<ITopicHint> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<ITopicHint>(logic, logic);
    }

    private ConsumerConfig Config => config;

    private TopicPartitionOffset From => from;

    private ChunkBounds Bounds => bounds;

    private string? WhyEnd() => whyEnd();

    private sealed class Logic : TimerGraphStageLogic, ITopicHint
    {
        private readonly KafkaSource _stage;
        private readonly Queue<TopicChunk> _ready = new();
        private KafkaPump? _pump;

        public Logic(KafkaSource stage)
            : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._out, onPull: PushOne);
        }

        /// <summary>Kafka wakes its consumers itself.</summary>
        public void Appended()
        {
        }

        public override void PreStart()
        {
            ScheduleRepeatedly("watch", TimeSpan.FromSeconds(1));
            _pump = new KafkaPump(_stage.Config, _stage.From, _stage.Bounds, AheadMax, GetAsyncCallback<TopicChunk>(OnChunk), GetAsyncCallback<Exception>(FailStage));
            _pump.Start();
        }

        public override void PostStop() => _pump?.Stop();

        protected override void OnTimer(object timerKey)
        {
            if (_stage.WhyEnd() is { } why)
                FailStage(new ReaderAnomalyException(why));
        }

        private void OnChunk(TopicChunk chunk)
        {
            _ready.Enqueue(chunk);
            if (IsAvailable(_stage._out))
                PushOne();
        }

        private void PushOne()
        {
            if (!_ready.TryDequeue(out var chunk))
                return;
            _pump!.Taken();
            Push(_stage._out, chunk);
        }
    }
}
