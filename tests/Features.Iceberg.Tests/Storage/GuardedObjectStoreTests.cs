using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>What is allowed works as it does without the guard; what is not never reaches the store.</summary>
public sealed class GuardedObjectStoreTests : ObjectStoreConformance
{
    private readonly GuardedObjectStore store = new(new MemoryObjectStore(), new LocalFiles(), LocationPolicy.Only(["mem://bucket/prefix"]));

    protected override IObjectStore Store => store;

    protected override string Prefix => "mem://bucket/prefix";

    public override Task Name_Odd_IsKeptAsItIs(string name) =>
        // A name that decodes to a step upwards is one that the guard refuses.
        name == "%2e%2e" ? Assert.ThrowsAsync<LocationNotAllowedException>(() => WriteAsync(name, [1])) : base.Name_Odd_IsKeptAsItIs(name);

    [Fact]
    public async Task EveryCall_OutsideOfWhatIsAllowed_NeverReachesTheStore()
    {
        var guarded = new GuardedObjectStore(null!, null!, LocationPolicy.Only(["s3://bucket/warehouse"]));
        const string Outside = "s3://bucket/warehouse-evil/x";
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => guarded.OpenReadAsync(Outside, default));
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => guarded.CreateAsync(Outside, default));
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => guarded.StatAsync(Outside, default));
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => guarded.DeleteAsync(Outside, default));
        await Assert.ThrowsAsync<LocationNotAllowedException>(async () => await guarded.FetchAsync(Outside, default));
        Assert.Throws<LocationNotAllowedException>(() => guarded.ListAsync(Outside, default));
    }

    [Fact]
    public async Task Read_Relocated_IsCheckedWhereItLies()
    {
        await WriteAsync("x", [1]);
        var moved = new RelocatedObjectStore(store, [("s3://old", Prefix), ("s3://sneaky", "mem://bucket/other")]);
        await using var stream = await moved.OpenReadAsync("s3://old/x", default);
        Assert.Equal(1, stream.ReadByte());
        await Assert.ThrowsAsync<LocationNotAllowedException>(() => moved.OpenReadAsync("s3://sneaky/x", default));
    }
}
