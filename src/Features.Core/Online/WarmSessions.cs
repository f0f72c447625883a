using System.Collections.Concurrent;
using Features.Core.Engine;

namespace Features.Core.Online;

/// <summary>Sessions of the engine that stay open between requests, as many as were ever needed at once, whatever the requests ask for.</summary>
internal sealed class WarmSessions(ISqlEngine engine) : IAsyncDisposable
{
    private readonly ConcurrentBag<ISqlSession> idle = [];

    /// <summary>Does something in a session. One in which something failed is not used again.</summary>
    public async Task<T> UseAsync<T>(Func<ISqlSession, Task<T>> use, CancellationToken cancellationToken)
    {
        var session = idle.TryTake(out var warm) ? warm : await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        try
        {
            var result = await use(session).ConfigureAwait(false);
            idle.Add(session);
            return result;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (idle.TryTake(out var session))
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
