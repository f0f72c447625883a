using Apache.Arrow;
using Features.Core.Online;

namespace Features.Core.Tests.Materialization;

/// <summary>Views that may stop before and after each durable step, as a process that is killed does.</summary>
internal sealed class StoppingViews(IOnlineViews views) : IOnlineViews
{
    public Func<Task> Reached { get; set; } = () => Task.CompletedTask;

    public sealed class StoppedException : Exception;

    public Task<OnlineViewState?> FindAsync(string view, CancellationToken cancellationToken) => views.FindAsync(view, cancellationToken);

    public Task<OnlineViewState> BeginAsync(OnlineViewPlan view, IReadOnlyList<OnlineSource> target, bool isFull, CancellationToken cancellationToken) => Around(() => views.BeginAsync(view, target, isFull, cancellationToken));

    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> AddAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken) => Around(() => views.AddAsync(view, rows, part, cancellationToken));

    public Task ReplaceAsync(OnlineViewPlan view, IReadOnlyList<ReadOnlyMemory<byte>> keys, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken) => Around(async () =>
    {
        await views.ReplaceAsync(view, keys, rows, part, cancellationToken);
        return true;
    });

    public Task<OnlineViewState> PublishAsync(OnlineViewPlan view, long frontier, CancellationToken cancellationToken) => Around(() => views.PublishAsync(view, frontier, cancellationToken));

    public Task PushAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, string pushSource, long? sequence, CancellationToken cancellationToken) => views.PushAsync(view, rows, pushSource, sequence, cancellationToken);

    public Task RemoveAsync(string view, CancellationToken cancellationToken) => views.RemoveAsync(view, cancellationToken);

    private async Task<T> Around<T>(Func<Task<T>> call)
    {
        await Reached();
        var result = await call();
        await Reached();
        return result;
    }
}
