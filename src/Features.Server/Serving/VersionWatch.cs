using Features.Flight.Cache;
using Microsoft.Extensions.Hosting;

namespace Features.Server.Serving;

/// <summary>
/// Looks for newer versions of the data sets that jobs follow, whoever made them and in whichever process: the catalog is asked for a pointer, and only while somebody follows. What is newer
/// is loaded beside what is in use and given at an epoch's edge.
/// </summary>
internal sealed class VersionWatch(DatasetCache cache, TimeProvider clock) : BackgroundService
{
    /// <summary>How often the catalog is asked.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Task> offers = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }

        await Task.WhenAll(offers.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A name whose newer version is still loading is left alone, and holds up no other. A fault, such as a catalog that does not answer, is gone or met again next time; a load's own stands with those who follow.
    private void Look(CancellationToken stoppingToken)
    {
        foreach (var name in cache.ListFollowed().Select(f => f.Name).Distinct(StringComparer.Ordinal).Where(n => !offers.TryGetValue(n, out var running) || running.IsCompleted))
        {
            offers[name] = cache.OfferAsync(name, stoppingToken);
        }

        foreach (var (name, _) in offers.Where(o => o.Value.IsCompleted).ToList())
        {
            _ = offers[name].Exception;
            offers.Remove(name);
        }
    }
}
