using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.Online;

/// <summary>
/// The materialised views of a workspace, written part by part. Rows come as <c>PointInTime.ViewQuery</c> yields them: the entity's keys, <c>_event</c>, <c>_available</c> (if the view has that clock), <c>_value0</c>, …,
/// in its order. A part and the progress that it means land in one durable step, so that a part which is written again changes nothing.
/// </summary>
public interface IOnlineViews
{
    /// <summary>How far a view is materialised; null if never.</summary>
    Task<OnlineViewState?> FindAsync(string view, CancellationToken cancellationToken);

    /// <summary>Begins a step, or finds the one that was begun with the same target. A full step starts empty.</summary>
    Task<OnlineViewState> BeginAsync(OnlineViewPlan view, IReadOnlyList<OnlineSource> target, bool isFull, CancellationToken cancellationToken);

    /// <summary>Adds rows that the view did not have: part number <paramref name="part"/> of the step. Returns the keys (encoded) that rows alone cannot decide, for a row of theirs equals a stored one in both clocks; they must be replaced.</summary>
    Task<IReadOnlyList<ReadOnlyMemory<byte>>> AddAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken);

    /// <summary>Puts all rows of some keys in place of what the view has of them; a key without rows is removed. A key whose rows are too many for one part is replaced by the first of them and added to by the others, of which none equals in both clocks one of another part.</summary>
    Task ReplaceAsync(OnlineViewPlan view, IReadOnlyList<ReadOnlyMemory<byte>> keys, IReadOnlyList<RecordBatch> rows, long part, CancellationToken cancellationToken);

    /// <summary>Finishes the step: its target is what the view now holds, pushed rows that the target has are forgotten, and a full step's rows answer from here on.</summary>
    Task<OnlineViewState> PublishAsync(OnlineViewPlan view, long frontier, CancellationToken cancellationToken);

    /// <summary>Adds rows that were pushed, to be answered at once; <paramref name="sequence"/> is their batch's in the inbox, null if they are online only.</summary>
    Task PushAsync(OnlineViewPlan view, IReadOnlyList<RecordBatch> rows, string pushSource, long? sequence, CancellationToken cancellationToken);

    /// <summary>Removes a view.</summary>
    Task RemoveAsync(string view, CancellationToken cancellationToken);
}

/// <summary>What storing a view's rows needs to know.</summary>
/// <param name="View">The view.</param>
/// <param name="Entity">Its entity.</param>
/// <param name="Schema">The schema of the rows.</param>
/// <param name="DefinitionHash">As in <see cref="OnlineViewState"/>.</param>
public sealed record OnlineViewPlan(FeatureView View, Entity Entity, Schema Schema, string DefinitionHash);
