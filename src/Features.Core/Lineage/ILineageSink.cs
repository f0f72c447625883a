namespace Features.Core.Lineage;

/// <summary>Where run events go.</summary>
public interface ILineageSink
{
    /// <summary>Emits an event durably, once.</summary>
    /// <param name="event">The event.</param>
    /// <param name="mayStand">True if an earlier attempt of the same run may have emitted it: then an event of this run and state that stands already is not emitted again (FAIL and COMPLETE count as one).</param>
    /// <param name="cancellationToken">Stops waiting; the event may or may not have been emitted.</param>
    Task EmitAsync(RunEvent @event, bool mayStand, CancellationToken cancellationToken);
}
