using Features.Flight.Client;
using Features.Flight.Protocol;

namespace Features.Cli.Commands.Fetching;

/// <summary>
/// The reads that a command has planned. A server holds what is planned until the ticket expires; here it is let go as soon as it is not wanted any more, however the command ends.
/// </summary>
internal sealed class HeldReads(DatasetClient client) : IAsyncDisposable
{
    // Shorter than what a command may take after Ctrl+C. A server that does not answer lets go when the ticket expires.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly List<DatasetReader> held = [];

    /// <summary>Plans a read.</summary>
    public async Task<DatasetReader> OpenAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        var reader = await client.OpenAsync(request, cancellationToken);
        held.Add(reader);
        return reader;
    }

    /// <summary>Lets go of all reads but some, which are still to be read.</summary>
    public async Task ReleaseAsync(IEnumerable<DatasetReader> except)
    {
        var over = held.Except(except).ToList();
        held.RemoveAll(over.Contains);
        using var patience = new CancellationTokenSource(Patience);
        await Task.WhenAll(over.Select(reader => ReleaseAsync(reader, patience.Token)));
    }

    public async ValueTask DisposeAsync() => await ReleaseAsync(except: []);

    private async Task ReleaseAsync(DatasetReader reader, CancellationToken cancellationToken)
    {
        try
        {
            await client.CancelAsync(reader, cancellationToken);
        }
        catch (Exception fault) when (fault is FlightCallException or OperationCanceledException)
        {
            // What the command did, or why it failed, is what there is to tell.
        }
    }
}
