using System.Text.Json;
using ActorStream.Domain.Rules;

namespace ActorStream.Wire.Topics;

/// <summary>Reads the members of one rule and collects every fault.</summary>
internal sealed class RuleMembers(JsonElement body)
{
    private const int WebhookBytesMax = 2_048;

    private readonly JsonMembers _members = new(body, "");

    public RuleReading Read(Guid? id)
    {
        var ruleId = id ?? ReadId();
        var metric = _members.Text("metric_name", SampleIngest.NameBytesMax);
        var (threshold, thresholdText) = _members.Number("threshold");
        var (receiver, webhookUrl) = ReadReceiver();
        var comparison = ReadOperator(_members) ?? ComparisonOperator.Greater;
        var rule = new Rule(ruleId, metric, threshold, thresholdText, comparison, webhookUrl)
        {
            Enabled = _members.Bool("enabled", otherwise: true),
            WindowMs = ReadWindow(),
            CooldownMs = _members.Duration("cooldown_seconds", mayBeZero: true) ?? 0,
            CooldownScope = _members.Choice("cooldown_scope", ("rule", CooldownScope.Rule), ("series", CooldownScope.Series)),
            Trigger = _members.Choice("trigger", ("every", RuleTrigger.Every), ("crossing", RuleTrigger.Crossing)),
            Tags = new RuleTags(_members).Read(),
            ClearWhen = ReadClear(comparison, threshold, thresholdText),
            ForMs = _members.Duration("for_seconds", mayBeZero: true) ?? 0,
            StaleAfterMs = ReadStaleAfter(),
            RaisesStale = _members.Choice("on_stale", ("alarm", true), ("nothing", false)),
            OnResolve = ReadOnResolve(receiver),
            Receiver = receiver,
        };
        return _members.Faults.Count > 0 ? new RuleReading(null, _members.Faults, true) : new RuleReading(rule, [], true);
    }

    private Guid ReadId()
    {
        if (_members.TryGet("id", out var element) && JsonMembers.TryText(element, out var text) && Guid.TryParse(text, out var id))
            return id;
        _members.Fault("id", $"id is {_members.Shown("id")}; it must be a UUID.");
        return Guid.Empty;
    }

    /// <summary>The URL's member says which form the receiver understands.</summary>
    private (ReceiverKind Receiver, string Url) ReadReceiver()
    {
        var hasJson = _members.TryGet("webhook_url", out _);
        if (!hasJson)
            return (ReceiverKind.Discord, _members.Text("discord_webhook_url", WebhookBytesMax));
        if (_members.TryGet("discord_webhook_url", out _))
            _members.Fault("webhook_url", "webhook_url and discord_webhook_url are both given; a rule has one receiver: leave one of them out.");
        return (ReceiverKind.Json, _members.Text("webhook_url", WebhookBytesMax));
    }

    private static ComparisonOperator? ReadOperator(JsonMembers members)
    {
        if (!members.TryGet("operator", out var element))
            return null;
        if (JsonMembers.TryText(element, out var text) && OperatorText.Parse(text) is { } comparison)
            return comparison;
        members.Fault("operator", $"operator is {members.Shown("operator")}; it must be one of {OperatorText.Allowed}{(members.Path.Length == 0 ? ", and is > when left out" : "")}.");
        return null;
    }

    private long? ReadWindow()
    {
        const string member = "window_duration_seconds";
        var isGiven = _members.TryGet("type", out _);
        var isAverage = _members.Choice("type", ("instantaneous", false), ("window_average", true));
        var faults = _members.Faults.Count;
        var windowMs = _members.Duration(member, mayBeZero: true);
        if (_members.Faults.Count > faults)
            return null;
        if (isAverage && windowMs is null or 0)
            _members.Fault(member, $"{member} is {_members.Shown(member)}; a window_average needs one of {JsonMembers.DurationAllowed}.");
        if (isGiven && !isAverage && windowMs > 0 && _members.IsChoice("type", "instantaneous"))
            _members.Fault(member, $"{member} is {_members.Shown(member)} and type is instantaneous, which has no window; leave one of them out.");
        return windowMs > 0 ? windowMs : null;
    }

    private ClearCondition? ReadClear(ComparisonOperator begins, double threshold, string thresholdText)
    {
        const string member = "clear_when";
        if (!_members.TryGet(member, out var element))
            return null;
        if (element.ValueKind != JsonValueKind.Object)
        {
            _members.Fault(member, $"{member} is {_members.Shown(member)}; it must be an object with operator and threshold, like {{\"operator\":\"<\",\"threshold\":450}}.");
            return null;
        }
        var faults = _members.Faults.Count;
        var members = _members.Inside(member, element);
        var comparison = ReadOperator(members);
        if (!members.TryGet("operator", out _))
            members.Fault("operator", $"operator is missing; it must be one of {OperatorText.Allowed}.");
        var (clearThreshold, clearText) = members.Number("threshold");
        if (_members.Faults.Count > faults || comparison is not { } ends)
            return null;
        var clear = new ClearCondition(ends, clearThreshold, clearText);
        if (ConditionOverlap.Find(begins, threshold, clear) is { } both)
        {
            var value = both.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            _members.Fault(member, $"{member} ({Comparison.Symbol(ends)} {clearText}) and the rule's own condition ({Comparison.Symbol(begins)} {thresholdText}) both hold for {value}; no value may begin and end an alarm at once.");
        }
        return clear;
    }

    private long? ReadStaleAfter()
    {
        const string member = "stale_after_seconds";
        var faults = _members.Faults.Count;
        var staleMs = _members.Duration(member, mayBeZero: true);
        if (staleMs is 0)
            return null;
        if (staleMs < 1_000 && _members.Faults.Count == faults)
            _members.Fault(member, $"{member} is {_members.Shown(member)}; silence is seen by the second, so it must be at least 1.");
        return staleMs;
    }

    private ResolveAction ReadOnResolve(ReceiverKind receiver)
    {
        var action = _members.Choice("on_resolve", ("nothing", ResolveAction.Nothing), ("message", ResolveAction.Message), ("edit", ResolveAction.Edit));
        if (action == ResolveAction.Edit && receiver == ReceiverKind.Json)
            _members.Fault("on_resolve", "on_resolve is \"edit\" and the receiver is a webhook_url, whose messages cannot be changed once sent; use \"message\".");
        return action;
    }
}
