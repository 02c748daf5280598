using ActorStream.Actors.Views;
using ActorStream.Domain.Rules;

namespace ActorStream.Actors.Rules;

/// <summary>This node's rules, swapped by <see cref="RulesViewActor"/>.</summary>
public sealed class RulesView() : BookView<RuleBook>(RuleBook.Empty, static b => b.Position), IRulesView;
