using ActorStream.Actors.Views;
using ActorStream.Domain.Pipelines;

namespace ActorStream.Actors.Pipelines;

/// <summary>This node's knowledge of which pipelines run, swapped by <see cref="PipelinesViewActor"/>.</summary>
public sealed class PipelinesView() : BookView<PipelineBook>(PipelineBook.Empty, static b => b.Position), IPipelinesView
{
    /// <summary>Told after each change, on any thread; the view holds it already.</summary>
    public event Action? Changed;

    internal override void Swap(PipelineBook book)
    {
        var isChange = book.Position != Current.Position;
        base.Swap(book);
        if (isChange)
            Changed?.Invoke();
    }
}
