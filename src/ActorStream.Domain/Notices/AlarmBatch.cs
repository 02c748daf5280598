using ActorStream.Domain.Alarms;
using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Notices;

/// <summary>Alarms for one notice group, in offset order of the <c>alarms</c> topic.</summary>
public sealed class AlarmBatch(IReadOnlyList<long> offsets, IReadOnlyList<AlarmRecord> alarms) : EntityBatch
{
    private const int BytesPerAlarmMax = 8_192;

    public IReadOnlyList<AlarmRecord> Alarms => alarms;

    public override int Count => alarms.Count;

    public override long OffsetAt(int index) => offsets[index];

    public override int WireBytes => Count * BytesPerAlarmMax;
}
