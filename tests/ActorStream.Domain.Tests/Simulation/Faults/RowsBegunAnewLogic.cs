using ActorStream.Domain.Joins;
using ActorStream.Domain.Protocol;

namespace ActorStream.Domain.Tests.Simulation;

/// <summary>A join whose checkpoints do not say how many rows of a window have left.</summary>
internal sealed class RowsBegunAnewLogic(JoinState join) : WindowLogicAround(join)
{
    public override void Fold(IStateChange change) => base.Fold((JoinStateChange)change with { Rows = Anew(((JoinStateChange)change).Rows) });

    public override void Restore(IStateSnapshot snapshot) => base.Restore((JoinStateSnapshot)snapshot with { Rows = Anew(((JoinStateSnapshot)snapshot).Rows) });

    private static JoinRowsState? Anew(JoinRowsState? rows) => rows is null ? null : rows with { Done = 0 };
}
