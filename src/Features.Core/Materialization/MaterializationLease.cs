namespace Features.Core.Materialization;

/// <summary>
/// Lets one process at a time materialise a view. The lease is an open file that nobody else can open: the operating system gives it back when its holder ends, however it ends, and it never runs out under one that lives,
/// so that nothing has to be fenced. For the processes of one machine.
/// </summary>
/// <param name="folder">Where the files of the leases are; made if it is missing.</param>
/// <param name="clock">The clock of waits.</param>
public sealed class MaterializationLease(string folder, TimeProvider clock)
{
    // What the systems say of a file that another has open for itself alone.
    private const int EAgainLinux = 11;
    private const int EAgainMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Takes a view's lease, and waits while somebody has it. Dispose it to give it back.</summary>
    public async Task<IAsyncDisposable> TakeAsync(string view, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        while (true)
        {
            if (TryTake(view) is { } taken)
            {
                return taken;
            }

            await Task.Delay(Poll, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a view's lease; null if somebody has it.</summary>
    public IAsyncDisposable? TryTake(string view)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new FileStream(Path.Combine(folder, $"{view}.lease"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (held.HResult is EAgainLinux or EAgainMac or SharingViolation)
        {
            return null;
        }
    }
}
