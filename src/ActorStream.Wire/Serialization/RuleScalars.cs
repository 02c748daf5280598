using System.Runtime.Serialization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Rules;
using ActorStream.Wire.Protos;

namespace ActorStream.Wire.Serialization;

/// <summary>The enums of rules and alarms, by hand and totally, as in <see cref="Scalars"/>. 0 is what versions before the member meant.</summary>
internal static class RuleScalars
{
    public static AlarmKindPart ToKind(AlarmKind kind) => kind switch
    {
        AlarmKind.Triggered => AlarmKindPart.Triggered,
        AlarmKind.Resolved => AlarmKindPart.Resolved,
        AlarmKind.Stale => AlarmKindPart.Stale,
        AlarmKind.Test => AlarmKindPart.Test,
        _ => throw NoNumber(kind),
    };

    public static AlarmKind FromKind(AlarmKindPart kind) => kind switch
    {
        AlarmKindPart.Triggered => AlarmKind.Triggered,
        AlarmKindPart.Resolved => AlarmKind.Resolved,
        AlarmKindPart.Stale => AlarmKind.Stale,
        AlarmKindPart.Test => AlarmKind.Test,
        _ => throw Unknown("Alarm kind", (int)kind),
    };

    public static ResolveActionPart ToResolve(ResolveAction action) => action switch
    {
        ResolveAction.Nothing => ResolveActionPart.ResolveNothing,
        ResolveAction.Message => ResolveActionPart.ResolveMessage,
        ResolveAction.Edit => ResolveActionPart.ResolveEdit,
        _ => throw NoNumber(action),
    };

    public static ResolveAction FromResolve(ResolveActionPart action) => action switch
    {
        ResolveActionPart.ResolveNothing => ResolveAction.Nothing,
        ResolveActionPart.ResolveMessage => ResolveAction.Message,
        ResolveActionPart.ResolveEdit => ResolveAction.Edit,
        _ => throw Unknown("Action on resolve", (int)action),
    };

    public static ReceiverPart ToReceiver(ReceiverKind receiver) => receiver switch
    {
        ReceiverKind.Discord => ReceiverPart.Discord,
        ReceiverKind.Json => ReceiverPart.Json,
        _ => throw NoNumber(receiver),
    };

    public static ReceiverKind FromReceiver(ReceiverPart receiver) => receiver switch
    {
        ReceiverPart.Discord => ReceiverKind.Discord,
        ReceiverPart.Json => ReceiverKind.Json,
        _ => throw Unknown("Receiver", (int)receiver),
    };

    public static TriggerPart ToTrigger(RuleTrigger trigger) => trigger switch
    {
        RuleTrigger.Every => TriggerPart.Every,
        RuleTrigger.Crossing => TriggerPart.Crossing,
        _ => throw NoNumber(trigger),
    };

    public static RuleTrigger FromTrigger(TriggerPart trigger) => trigger switch
    {
        TriggerPart.Every => RuleTrigger.Every,
        TriggerPart.Crossing => RuleTrigger.Crossing,
        _ => throw Unknown("Trigger", (int)trigger),
    };

    public static CooldownScopePart ToScope(CooldownScope scope) => scope switch
    {
        CooldownScope.Rule => CooldownScopePart.ScopeRule,
        CooldownScope.Series => CooldownScopePart.ScopeSeries,
        _ => throw NoNumber(scope),
    };

    public static CooldownScope FromScope(CooldownScopePart scope) => scope switch
    {
        CooldownScopePart.ScopeRule => CooldownScope.Rule,
        CooldownScopePart.ScopeSeries => CooldownScope.Series,
        _ => throw Unknown("Scope of a cooldown", (int)scope),
    };

    private static SerializationException NoNumber(Enum value) => new($"{value.GetType().Name} {value} has no number on the wire.");

    private static SerializationException Unknown(string what, int number) => new($"{what} {number} is unknown to this version.");
}
