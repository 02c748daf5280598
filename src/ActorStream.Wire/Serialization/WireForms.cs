using System.Collections.Frozen;
using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Joins;
using ActorStream.Domain.Nodes;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Windows;
using ActorStream.Wire.Protos;
using ActorStream.Wire.Topics;
using Google.Protobuf;

namespace ActorStream.Wire.Serialization;

internal delegate object Decoder(ReadOnlySpan<byte> bytes);

/// <summary>How one type looks in bytes.</summary>
/// <param name="Manifest">Stands in every stored row of this type: never changed, never given to another.</param>
internal sealed record WireForm(string Manifest, Type Type, Func<object, byte[]> Encode, Decoder Decode);

/// <summary>The one table of everything that crosses a wire or is stored. A new message is a line here, a codec and a golden file.</summary>
internal static class WireForms
{
    public static readonly IReadOnlyList<WireForm> All =
    [
        Form<Apply, ApplyMessage>("ap", ApplyMessage.Parser, ProtocolCodec.Write, ProtocolCodec.Read),
        Form<Answer, AnswerMessage>("an", AnswerMessage.Parser, ProtocolCodec.Write, ProtocolCodec.Read),
        Form<Checkpoint, CheckpointMessage>("ck", CheckpointMessage.Parser, CheckpointCodec.Write, CheckpointCodec.ReadCheckpoint),
        Form<EntitySnapshot, CheckpointMessage>("es", CheckpointMessage.Parser, CheckpointCodec.Write, CheckpointCodec.ReadSnapshot),
        Form<AlarmRecord, AlarmMessage>("ar", AlarmMessage.Parser, AlarmCodec.ToMessage, AlarmCodec.FromMessage),
        Form<AlarmStateChange, AlarmStateMessage>("as", AlarmStateMessage.Parser, AlarmStateCodec.Write, AlarmStateCodec.Read),
        Form<NoticeStateChange, NoticeChangeMessage>("nc", NoticeChangeMessage.Parser, StateCodec.Write, StateCodec.Read),
        Form<NoticeStateSnapshot, NoticeSnapshotMessage>("ns", NoticeSnapshotMessage.Parser, StateCodec.Write, StateCodec.Read),
        Form<WindowStateChange, WindowStateMessage>("wc", WindowStateMessage.Parser, WindowStateCodec.Write, WindowStateCodec.ReadChange),
        Form<WindowStateSnapshot, WindowStateMessage>("ws", WindowStateMessage.Parser, WindowStateCodec.Write, WindowStateCodec.ReadSnapshot),
        Form<WindowResult, WindowResultMessage>("wr", WindowResultMessage.Parser, WindowResultCodec.Write, WindowResultCodec.Read),
        Form<JoinStateChange, JoinStateMessage>("jc", JoinStateMessage.Parser, JoinStateCodec.Write, JoinStateCodec.ReadChange),
        Form<JoinStateSnapshot, JoinStateMessage>("js", JoinStateMessage.Parser, JoinStateCodec.Write, JoinStateCodec.ReadSnapshot),
        Form<JoinResult, JoinResultMessage>("jr", JoinResultMessage.Parser, JoinResultCodec.Write, JoinResultCodec.Read),
        Form<EnsureReader, EnsureReaderMessage>("er", EnsureReaderMessage.Parser, static m => new() { EntityId = m.EntityId }, static m => new(m.EntityId)),
        Form<PartitionAppended, PartitionAppendedMessage>(
            "pa", PartitionAppendedMessage.Parser, static m => new() { EntityId = m.EntityId, Head = m.Head }, static m => new(m.EntityId, m.Head)),
        Form<DescribeEntity, DescribeEntityMessage>("de", DescribeEntityMessage.Parser, static m => new() { EntityId = m.EntityId }, static m => new(m.EntityId)),
        Form<ExplainRule, ExplainRuleMessage>("xr", ExplainRuleMessage.Parser, ProtocolCodec.Write, ProtocolCodec.Read),
        Form<DescribeWindows, DescribeWindowsMessage>(
            "dw", DescribeWindowsMessage.Parser, static m => new() { EntityId = m.EntityId, Limit = m.Limit }, static m => new(m.EntityId, m.Limit)),
        Form<NodeQuery, NodeQueryMessage>(
            "nq", NodeQueryMessage.Parser, static m => new() { Kind = m.Kind, Argument = m.Argument }, static m => new(m.Kind, m.Argument)),
        Form<Report, ReportMessage>("rp", ReportMessage.Parser, static m => new() { Json = m.Json }, static m => new(m.Json)),
    ];

    private static readonly FrozenDictionary<Type, WireForm> ByType = All.ToFrozenDictionary(static f => f.Type);
    private static readonly FrozenDictionary<string, WireForm> ByManifest = All.ToFrozenDictionary(static f => f.Manifest);

    public static WireForm Of(object message) => ByType.TryGetValue(message.GetType(), out var form)
        ? form
        : throw new SerializationException($"{message.GetType()} has no form on the wire; those that have one are listed in {nameof(WireForms)}.");

    public static WireForm Of(string manifest) => ByManifest.TryGetValue(manifest, out var form)
        ? form
        : throw new SerializationException(
            $"Manifest \"{manifest}\" is unknown to this version, which reads {string.Join(' ', All.Select(static f => f.Manifest))}. A newer version wrote it: run that version, or a newer one.");

    private static WireForm Form<T, TMessage>(string manifest, MessageParser<TMessage> parser, Func<T, TMessage> write, Func<TMessage, T> read)
        where T : class
        where TMessage : IMessage<TMessage> =>
        new(manifest, typeof(T), message => write((T)message).ToByteArray(), bytes => read(parser.ParseFrom(bytes)));
}
