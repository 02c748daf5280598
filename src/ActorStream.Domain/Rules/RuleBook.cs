using System.Collections.Frozen;
using System.Collections.Immutable;
using ActorStream.Domain.Records;

namespace ActorStream.Domain.Rules;

/// <summary>All rules as of one position of the <c>rules</c> topic: an immutable snapshot that a node swaps whole.</summary>
public sealed class RuleBook
{
    public static readonly RuleBook Empty = new(PartitionId.None, ImmutableDictionary<Guid, VersionedRule>.Empty, FrozenDictionary<string, MetricRules>.Empty);

    private readonly ImmutableDictionary<Guid, VersionedRule> _byId;
    private readonly FrozenDictionary<string, MetricRules> _byMetric;

    private RuleBook(long position, ImmutableDictionary<Guid, VersionedRule> byId, FrozenDictionary<string, MetricRules> byMetric)
    {
        Position = position;
        _byId = byId;
        _byMetric = byMetric;
    }

    /// <summary>The last change taken in.</summary>
    public long Position { get; }

    public IEnumerable<VersionedRule> Rules => _byId.Values;

    /// <summary>Null for an unknown id.</summary>
    public VersionedRule? Find(Guid id) => _byId.GetValueOrDefault(id);

    /// <summary>Null for a metric that never had a rule; such samples are counted and not routed.</summary>
    public MetricRules? For(string metric) => _byMetric.GetValueOrDefault(metric);

    /// <summary>Takes in changes in order of position; those at or below <see cref="Position"/> are known already.</summary>
    public RuleBook With(IEnumerable<RuleChange> changes)
    {
        var byId = _byId.ToBuilder();
        var touched = new Dictionary<string, long>();
        var position = Position;
        foreach (var change in changes)
        {
            if (change.Position <= position)
                continue;
            position = change.Position;
            if (byId.TryGetValue(change.Id, out var before))
                touched[before.Rule.MetricName] = position;
            if (change.Rule is { } rule)
            {
                byId[change.Id] = new VersionedRule(rule, position, change.AppendTimeMs);
                touched[rule.MetricName] = position;
            }
            else
            {
                byId.Remove(change.Id);
            }
        }
        return position == Position ? this : new RuleBook(position, byId.ToImmutable(), Rebuild(byId.Values, touched));
    }

    private FrozenDictionary<string, MetricRules> Rebuild(IEnumerable<VersionedRule> rules, Dictionary<string, long> touched)
    {
        var byMetric = new Dictionary<string, MetricRules>(_byMetric);
        foreach (var (metric, position) in touched)
            byMetric[metric] = new MetricRules(position, []);
        foreach (var group in rules.Where(r => touched.ContainsKey(r.Rule.MetricName)).GroupBy(r => r.Rule.MetricName))
            byMetric[group.Key] = new MetricRules(touched[group.Key], [.. group.OrderBy(r => r.Position)]);
        return byMetric.ToFrozenDictionary();
    }
}

/// <summary>One record of the <c>rules</c> topic.</summary>
/// <param name="Rule">Null: the rule is deleted.</param>
public sealed record RuleChange(Guid Id, Rule? Rule, long Position, long AppendTimeMs);
