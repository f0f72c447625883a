using Features.Core.Governance;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Core.Tests.Governance;

public sealed class ReadGateTests : IAsyncLifetime
{
    private static readonly TableIdentifier Flights = new("flights", "departures");
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-gate-");
    private SqliteCatalog catalog = null!;
    private SqliteAuditLog audit = null!;
    private ReadGate gate = null!;

    public async ValueTask InitializeAsync()
    {
        catalog = new SqliteCatalog(Path.Combine(folder.FullName, "catalog.db"), "c", Path.Combine(folder.FullName, "warehouse"), new LocalObjectStore(), TimeProvider.System);
        audit = new SqliteAuditLog(Path.Combine(folder.FullName, "audit.db"), TimeProvider.System);
        gate = new ReadGate(catalog, new LocalPolicy(), audit, TimeProvider.System);
        var schema = new Schema(0, [new NestedField(1, "id", new PrimitiveType(PrimitiveKind.Long), false), new NestedField(2, "secret", new PrimitiveType(PrimitiveKind.String), false)], []);
        await catalog.CreateTableAsync(Flights, new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
    }

    public ValueTask DisposeAsync()
    {
        catalog.Dispose();
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Open_ByLocal_GivesAPlan_AndRecordsWhatWasAsked()
    {
        var read = await gate.OpenAsync(new Reader("local", "scan", "debugging"), Flights, new ReadSelection { Columns = ["id"] }, default);
        Assert.Equal(["id"], read.Plan.Projection.Fields.Select(f => f.Name));
        var record = Assert.Single(await audit.ReadAsync(default).ToListAsync());
        Assert.Equal(("flights.departures", "scan", "debugging", true, 0L), (record.Request.Resource, record.Request.Action, record.Request.Purpose, record.Allowed, record.Rows));
        Assert.Equal(["id"], record.Request.Columns);
    }

    [Fact]
    public async Task Open_ByAnyoneElse_IsDeniedWithTheReason_AndRecorded()
    {
        var error = await Assert.ThrowsAsync<AccessDeniedException>(() => gate.OpenAsync(new Reader("mallory", "scan"), Flights, ReadSelection.Current, default));
        Assert.Contains("'mallory' may not read 'flights.departures'", error.Message, StringComparison.Ordinal);
        var record = Assert.Single(await audit.ReadAsync(default).ToListAsync());
        Assert.False(record.Allowed);
        Assert.Equal(["id", "secret"], record.Request.Columns);
    }

    [Fact]
    public async Task Open_OfAnUnknownTable_NamesTheNearOnes()
    {
        var error = await Assert.ThrowsAsync<NotFoundException>(() => gate.OpenAsync(Reader.Local("scan"), new TableIdentifier("flights", "departure"), ReadSelection.Current, default));
        Assert.Contains("did you mean 'flights.departures'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_AtAnUnknownSnapshotRefOrTime_IsRefused()
    {
        Task Open(ReadSelection selection) => gate.OpenAsync(Reader.Local("scan"), Flights, selection, default);
        await Assert.ThrowsAsync<NotFoundException>(() => Open(new ReadSelection { SnapshotId = 5 }));
        await Assert.ThrowsAsync<NotFoundException>(() => Open(new ReadSelection { Ref = "prod" }));
        await Assert.ThrowsAsync<NotFoundException>(() => Open(new ReadSelection { AsOf = DateTimeOffset.UnixEpoch }));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open(new ReadSelection { Ref = "prod", SnapshotId = 5 }));
        Assert.Empty(await audit.ReadAsync(default).ToListAsync());
    }
}
