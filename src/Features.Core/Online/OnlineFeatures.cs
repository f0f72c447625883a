using Features.Core.Governance;

namespace Features.Core.Online;

/// <summary>Answers online requests from materialised views. Safe for many threads; dispose it to write what the audit log is still owed.</summary>
public sealed class OnlineFeatures(OnlinePorts ports) : IAsyncDisposable
{
    /// <summary>The features of some entities at a moment: what the historical join would give at that moment over what was materialised and pushed.</summary>
    /// <exception cref="OnlineException">A name does not exist, a key or request column is missing or of another type, or a view is not materialised; the message names it.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the views.</exception>
    public ValueTask<OnlineAnswer> GetAsync(OnlineRequest request, Reader reader, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{ports.Store} {request} {reader}");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
