using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>
/// Random tables under random operations, read through an adapter of <see cref="IDataFileFormat"/> and compared with a model in memory after every step; an adapter's tests derive from it and name the adapter.
/// A failure says the least sequence found, step by step, and the seed: run it again with <c>CsCheck_Seed=SEED</c>. <c>FEATURES_ROUND_TRIPS</c> is the number of tables.
/// </summary>
public abstract class TableRoundTripConformance : IDisposable
{
    private static readonly Gen<Func<RoundTripTable, Task>> Operation = Gen.Frequency(
        (5, Gen.Const<Func<RoundTripTable, Task>>(RowOperations.AppendAsync)),
        (3, Gen.Const<Func<RoundTripTable, Task>>(RowOperations.DeleteAsync)),
        (2, Gen.Const<Func<RoundTripTable, Task>>(RowOperations.OverwriteAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(RowOperations.OverwritePartitionsAsync)),
        (2, Gen.Const<Func<RoundTripTable, Task>>(RowOperations.UpsertAsync)),
        (4, Gen.Const<Func<RoundTripTable, Task>>(Evolutions.SchemaAsync)),
        (2, Gen.Const<Func<RoundTripTable, Task>>(Evolutions.PartitioningAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(Evolutions.OrderAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(Evolutions.PropertiesAsync)),
        (2, Gen.Const<Func<RoundTripTable, Task>>(Upkeep.RewriteAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(Upkeep.ExpireAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(Upkeep.RemoveOrphansAsync)),
        (2, Gen.Const<Func<RoundTripTable, Task>>(Upkeep.SetRefAsync)),
        (1, Gen.Const<Func<RoundTripTable, Task>>(Upkeep.RollBackAsync)));

    private readonly string folder = Directory.CreateTempSubdirectory("round-trips-").FullName;
    private readonly LocalObjectStore storage = new();
    private SqliteCatalog? catalog;
    private int tables;

    private SqliteCatalog Catalog => catalog ??= new SqliteCatalog(Path.Combine(folder, "catalog.db"), "local", Path.Combine(folder, "warehouse"), storage, TimeProvider.System);

    public virtual void Dispose()
    {
        catalog?.Dispose();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The same forty tables in every run; with FEATURES_ROUND_TRIPS=N, N random ones.</summary>
    [Fact]
    public async Task Tables_UnderAnyOperations_ReadAsTheModel()
    {
        var tables = Gen.Select(Gen.Int[0, int.MaxValue - 1], Operation.Array[1, 10]);
        if (int.TryParse(Environment.GetEnvironmentVariable("FEATURES_ROUND_TRIPS"), NumberStyles.None, CultureInfo.InvariantCulture, out var given))
        {
            await tables.SampleAsync(RunAsync, iter: given, threads: 1, print: c => $"a table of seed {c.Item1} and {c.Item2.Length} operations");
            return;
        }

        for (uint stream = 0; stream < 40; stream++)
        {
            var (seed, operations) = tables.Generate(new PCG(stream, 1), null, out _);
            await RunAsync(seed, operations);
        }
    }

    private async Task RunAsync(int seed, Func<RoundTripTable, Task>[] operations)
    {
        var log = new List<string>();
        try
        {
            await RunAsync(seed, operations, log);
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"table of seed {seed}, after\n{string.Join('\n', log)}\n{fault.Message}", fault);
        }
    }

    /// <summary>The adapter under test.</summary>
    protected abstract IDataFileFormat Create(IObjectStore storage);

    /// <summary>The rows of a plan by another way than the adapter, as <see cref="Rows.Text"/> has them; null for none.</summary>
    protected virtual Task<List<string>?> ReadElsewhereAsync(ScanPlan plan) => Task.FromResult<List<string>?>(null);

    /// <summary>Whether there is <see cref="WriteElsewhereAsync"/>.</summary>
    protected virtual bool WritesElsewhere => false;

    /// <summary>Writes rows by another way than the adapter.</summary>
    protected virtual Task<IReadOnlyList<DataFile>> WriteElsewhereAsync(Table table, IAsyncEnumerable<RecordBatch> rows) => Task.FromResult<IReadOnlyList<DataFile>>([]);

    private async Task RunAsync(int seed, Func<RoundTripTable, Task>[] operations, List<string> log)
    {
        var random = new Random(seed);
        var made = await RoundTripTable.CreateAsync(Catalog, TableIdentifier.TryParse($"ns.t{tables++}")!, random, log);
        var table = new RoundTripTable(made, Create(storage), random, log) { WriteElsewhere = WritesElsewhere ? WriteElsewhereAsync : null };
        foreach (var operation in operations.Prepend(RowOperations.AppendAsync))
        {
            await operation(table);
            await RoundTripChecks.BranchesAsync(table, ReadElsewhereAsync);
            await RoundTripChecks.PartsAsync(table);
            var tagged = table.Table.Metadata.Refs.Values.Where(r => !r.IsBranch).Select(r => r.SnapshotId).ToHashSet();
            await RoundTripChecks.SnapshotsAsync(table, s => tagged.Contains(s.SnapshotId));
        }

        await RoundTripChecks.SnapshotsAsync(table, _ => true);
        var read = await Catalog.LoadTableAsync(table.Table.Identifier!, default);
        Assert.Equal(table.Table.MetadataLocation, read.MetadataLocation);
    }
}
