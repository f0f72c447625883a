using Apache.Arrow.Memory;
using Features.Flight.Cache.Spill;
using Features.Flight.Layout;
using Features.Flight.Telemetry;

namespace Features.Flight.Cache;

/// <summary>An entry's load, from finding room for it to the moment when it is ready, or gone with all its bytes.</summary>
internal sealed class EntryLoad(
    DatasetLoader loader, CacheShelf shelf, CacheRoom room, MemoryAllocator allocator, SpillFolder? folder, TimeProvider clock, FlightMeter meter)
{
    // An abandoned load gives its bytes back when its source lets it: that is worth waiting for, but not for ever.
    private static readonly TimeSpan MaxWaitForAbandoned = TimeSpan.FromSeconds(30);

    public async Task RunAsync(CacheEntry entry)
    {
        var dataset = entry.Plan.Dataset;
        var started = clock.GetTimestamp();
        using var activity = FlightActivities.StartLoad(dataset.Name, dataset.Digest, dataset.Rows);
        try
        {
            await LoadAsync(entry, entry.Abandoned.Token).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            lock (room.Gate)
            {
                shelf.Forget(entry);
            }

            meter.LoadFailed(dataset.Name, clock.GetElapsedTime(started));
            throw fault is CacheFullException || (fault is OperationCanceledException && entry.Abandoned.IsCancellationRequested)
                ? fault
                : new DatasetLoadException(dataset.Name, fault.Message, fault);
        }

        meter.Loaded(dataset.Name, entry.StoreBytes, clock.GetElapsedTime(started));
    }

    private async Task LoadAsync(CacheEntry entry, CancellationToken abandoned)
    {
        using var memory = new EntryMemory(entry, room, allocator, folder);
        await ReserveAsync(entry, memory, abandoned).ConfigureAwait(false);
        var store = await loader.LoadAsync(entry.Plan, memory, entry.CountRows, abandoned).ConfigureAwait(false);
        memory.Dispose();
        try
        {
            Publish(entry, store);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    // What will not fit is refused before the first row is read.
    private async Task ReserveAsync(CacheEntry entry, EntryMemory memory, CancellationToken abandoned)
    {
        var bytes = LoadEstimate.Of(entry.Plan);
        for (var hasWaited = false; !memory.TryReserve(bytes); hasWaited = true)
        {
            var leaving = Leaving();
            if (hasWaited || leaving.Count == 0)
            {
                throw room.RefusalOf(entry, bytes);
            }

            try
            {
                await Task.WhenAll(leaving).WaitAsync(MaxWaitForAbandoned, clock, abandoned).ConfigureAwait(false);
            }
            catch (Exception fault) when (!abandoned.IsCancellationRequested && fault is not OutOfMemoryException)
            {
                // How they ended, or that they did not, is shown by the bytes.
            }
        }
    }

    private List<Task> Leaving()
    {
        lock (room.Gate)
        {
            return [.. shelf.Leaving.Where(entry => !entry.Loading.IsCompleted).Select(entry => entry.Loading)];
        }
    }

    // Under the lock, so that a load cannot be abandoned and become ready at once.
    private void Publish(CacheEntry entry, ColumnStore store)
    {
        lock (room.Gate)
        {
            entry.Abandoned.Token.ThrowIfCancellationRequested();
            entry.StoreBytes = entry.MemoryBytes + entry.SpilledBytes;
            entry.Store = store;
        }
    }
}
