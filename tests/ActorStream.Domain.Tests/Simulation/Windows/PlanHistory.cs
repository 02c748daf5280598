using System.Collections.Immutable;
using ActorStream.Domain.Pipelines;
using ActorStream.Domain.Windows;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>What a world's pipeline is, one change after the other, as the compacted topic <c>pipelines</c> holds it; and how far each node has followed.</summary>
internal sealed class PlanHistory
{
    private readonly WindowWorld _world;
    private readonly List<PipelineSpec> _all = [];
    private readonly int[] _known = new int[WorldSettings.Nodes];
    private ImmutableSortedDictionary<string, string> _retired = RetiredNames.None;

    public PlanHistory(WindowWorld world)
    {
        _world = world;
        _all.Add(new PipelineSpec(world.Windows.Plan.PipelineId, "clicks", SourceSpec.OfTopic("events"), new EventFields(), world.Windows.Plan, new WatermarkSpec(), []));
    }

    /// <summary>A version is its place.</summary>
    public IReadOnlyList<PipelineSpec> All => _all;

    public PipelineSpec Newest => _all[^1];

    /// <summary>Of all plans there ever were.</summary>
    public IEnumerable<WindowSpec> Specs => _all.SelectMany(p => p.Windows.Specs);

    /// <summary>Changes that the product did not allow.</summary>
    public int Refused { get; private set; }

    public PipelineSpec KnownOn(int node) => _all[_known[node]];

    /// <summary>One to five changes while faults last.</summary>
    public void Schedule()
    {
        var random = _world.Random;
        for (var count = random.Between(1, 5); count > 0; count--)
            _world.At(random.Between(10, _world.Settings.FaultsEnd - 50), Change);
    }

    /// <summary>A change that the product refuses is not made; another one is tried.</summary>
    private void Change()
    {
        for (var tries = 0; tries < 20; tries++)
        {
            var next = Newest with { Windows = Newest.Windows with { Specs = Changed([.. Newest.Windows.Specs]) }, Version = _all.Count };
            if (next.Windows.Faults().Count > 0)
                continue;
            var update = PipelineUpdate.Compare(Newest, next, _world.Planted.ForgetsNames ? RetiredNames.None : _retired);
            Refused += update.Fits(mayDrop: true) ? 0 : 1;
            if (update.IsNothing || !update.Fits(mayDrop: true))
                continue;
            _retired = _retired.With(Newest.Windows, next.Windows);
            _all.Add(next);
            _world.Trace?.Invoke($"CHANGE {next.Version}: {string.Join(", ", next.Windows.Specs)}");
            for (var node = 0; node < WorldSettings.Nodes; node++)
                Learn(node, (int)next.Version);
            return;
        }
    }

    /// <summary>About each second a node looks; one that cannot read learns much later.</summary>
    private void Learn(int node, int version) => _world.At(
        _world.Random.Chance(0.7) ? _world.Random.Between(1, World.StepsPerSecond) : _world.Random.Between(World.StepsPerSecond, 250),
        () => _known[node] = Math.Max(_known[node], version));

    private WindowSpec[] Changed(WindowSpec[] specs)
    {
        var random = _world.Random;
        var at = random.Below(specs.Length);
        switch (random.Below(5))
        {
            case 0:
                return [.. specs[..at], _world.Windows.AnySpec(random), .. specs[at..]];
            case 1 or 2:
                return [.. specs[..at], .. specs[(at + 1)..]];
            case 3:
                (specs[0], specs[^1]) = (specs[^1], specs[0]);
                return specs;
            default:
                specs[at] = specs[at] with { AllowedLatenessMs = _world.Windows.AnyLateness(random) };
                return specs;
        }
    }
}
