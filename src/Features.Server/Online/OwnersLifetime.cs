using Microsoft.Extensions.Hosting;

namespace Features.Server.Online;

/// <summary>Lives until its owner disposes it; signals are the owner's.</summary>
internal sealed class OwnersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
