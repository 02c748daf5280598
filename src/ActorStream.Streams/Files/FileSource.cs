using ActorStream.Streams.Readers;
using ActorStream.Streams.Topics;
using Akka.Streams;
using Akka.Streams.Stage;

namespace ActorStream.Streams.Files;

/// <summary>Reads whole lines of one file from a byte on. Nothing is read ahead, and one buffer serves all chunks: a chunk is worked on before the next is asked for.</summary>
/// <param name="hasEnded">Nobody writes the file any more: its last line needs no newline.</param>
/// <param name="atHead">Told where the last whole line ends, whenever all before it was handed over.</param>
internal sealed class FileSource(string path, long from, Func<bool> hasEnded, Action<long> atHead, TimeProvider time) : GraphStageWithMaterializedValue<SourceShape<TopicChunk>, ITopicHint>
{
    private const int ChunkBytes = 1 << 20;
    private const int PollMs = 200;

    private readonly Outlet<TopicChunk> _out = new("File.out");

    public override SourceShape<TopicChunk> Shape => new(_out);

    protected override Attributes InitialAttributes => Attributes.CreateName($"file-{Path.GetFileName(path)}");

    public override ILogicAndMaterializedValue<ITopicHint> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<ITopicHint>(logic, logic);
    }

    private string FilePath => path;

    private long From => from;

    private bool HasEnded() => hasEnded();

    private TimeProvider Time => time;

    private void AtHead(long head) => atHead(head);

    private sealed class Logic : TimerGraphStageLogic, ITopicHint
    {
        private readonly FileSource _stage;
        private readonly long _arrivedMs;
        private readonly FileStream _file;
        private byte[] _buffer = new byte[ChunkBytes];
        private long _next;

        public Logic(FileSource stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _next = stage.From;
            _arrivedMs = stage.Time.GetUtcNow().ToUnixTimeMilliseconds();
            _file = new FileStream(stage.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            SetHandler(stage._out, onPull: Read);
        }

        /// <summary>A file says nothing by itself.</summary>
        public void Appended()
        {
        }

        public override void PreStart() => ScheduleRepeatedly("poll", TimeSpan.FromMilliseconds(PollMs));

        public override void PostStop() => _file.Dispose();

        protected override void OnTimer(object timerKey)
        {
            if (IsAvailable(_stage._out))
                Read();
        }

        private void Read()
        {
            // Asked before the length: what was written before the end is then seen.
            var hasEnded = _stage.HasEnded();
            var length = _file.Length;
            if (length < _next)
            {
                FailStage(new ReaderAnomalyException($"{_stage.FilePath} has {length} bytes and was read up to {_next}: it was cut. Give a file made anew another name, or the pipeline another id."));
                return;
            }
            var got = RandomAccess.Read(_file.SafeFileHandle, _buffer, _next);
            var whole = hasEnded && _next + got >= length ? got : _buffer.AsSpan(0, got).LastIndexOf((byte)'\n') + 1;
            if (whole > 0)
                Push(whole);
            else if (got == _buffer.Length)
                ReadLonger(length);
            else
                _stage.AtHead(_next);
        }

        private void Push(int bytes)
        {
            var chunk = new TopicChunk(_next, []) { Lines = _buffer.AsMemory(0, bytes), LinesTimeMs = _arrivedMs, End = _next + bytes };
            _next = chunk.Next;
            Push(_stage._out, chunk);
        }

        /// <summary>A line of more than the buffer: it is read whole up to twice what an event may have, so that it is refused as one; a longer one fails the reader.</summary>
        private void ReadLonger(long length)
        {
            if (_buffer.Length > 64 * ChunkBytes)
            {
                FailStage(new ReaderAnomalyException($"{_stage.FilePath} has a line of more than {_buffer.Length} bytes at {_next} (of {length}); break it, or take it out."));
                return;
            }
            _buffer = new byte[2 * _buffer.Length];
            Read();
        }
    }
}
