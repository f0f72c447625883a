// A writer of one table among several processes, which can be struck at a named point:
// Features.Iceberg.FaultHost CATALOG FOLDER WRITER SEED OPERATIONS FAULT, where CATALOG is a SQLite file or the connection string of a PostgreSQL database. Says "ready", waits for a line, and does its operations, those left to do
// if it was killed before; an operation that was under way then is left as it is, since nobody knows whether it took place.
using System.Globalization;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;

var (place, folder, writer, seed, operations, fault) =
    (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture), Enum.Parse<FaultPoint>(args[5]));
const int MostConflicts = 100;
var log = WriterLog.PathOf(folder, args[2]);
var storage = new FaultyStore(fault);
using SqlCatalog inner = place.Contains('=', StringComparison.Ordinal)
    ? await PostgresCatalog.OpenAsync(place, "local", folder, storage, TimeProvider.System, CancellationToken.None)
    : new SqliteCatalog(place, "local", folder, storage, TimeProvider.System);
var catalog = new FaultyCatalog(inner);
Func<Task<Table?>>? late = null;
catalog.Swap = async (from, updated) =>
{
    storage.Reach(FaultPoint.BeforeSwap);
    if (late is { } earlier)
    {
        late = null;
        await earlier();
    }

    var isLost = catalog.Swaps % 2 == 1;
    if (isLost && fault is (FaultPoint.LostRequest or FaultPoint.LateRequest))
    {
        late = fault == FaultPoint.LateRequest ? () => inner.TrySwapAsync(from, updated, CancellationToken.None) : null;
        throw Unknown(from, null);
    }

    var swapped = await inner.TrySwapAsync(from, updated, CancellationToken.None);
    if (swapped is not null)
    {
        storage.Reach(FaultPoint.AfterSwap);
    }

    return isLost && fault == FaultPoint.LostAnswer ? throw Unknown(from, swapped?.MetadataLocation) : swapped;
};

// The first load makes the first operation meet the others'.
_ = await catalog.TryLoadTableAsync(new TableIdentifier("ns", "t"), CancellationToken.None);
await Console.Out.WriteLineAsync("ready");
await Console.In.ReadLineAsync();
for (var number = WriterLog.Read(log).Count; number < operations; number++)
{
    var operation = WriterOperation.Of(seed, writer, number);
    WriterLog.Write(log, operation.Tag, WriterLog.Begun);
    WriterLog.Write(log, operation.Tag, await RunAsync(operation));
}

return 0;

static CommitStateUnknownException Unknown(Table table, string? metadata) => new(table.Name, new IOException("the connection broke"), metadata);

async Task<string> RunAsync(WriterOperation operation)
{
    for (var attempt = 0; attempt < MostConflicts; attempt++)
    {
        try
        {
            var table = await catalog.LoadTableAsync(new TableIdentifier("ns", "t"), CancellationToken.None);
            return await operation.RunAsync(table, CancellationToken.None) ? "changed" : "nothing";
        }
        catch (CommitStateUnknownException)
        {
            return "unknown";
        }
        catch (Exception error) when (error is CommitConflictException or NotFoundException)
        {
            // Others were first, or expired what was being read: it is begun again from the table as it now is.
        }
    }

    return "conflict";
}
