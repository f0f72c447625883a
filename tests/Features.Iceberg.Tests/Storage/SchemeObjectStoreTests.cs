using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class SchemeObjectStoreTests : ObjectStoreConformance
{
    private readonly List<string> opened = [];
    private readonly SchemeObjectStore store;

    public SchemeObjectStoreTests() => store = new SchemeObjectStore([(["mem"], () => Opened("mem")), (["one", "two"], () => Opened("both"))]);

    protected override IObjectStore Store => store;

    protected override string Prefix => "MEM://bucket/prefix";

    [Fact]
    public async Task Store_OfSeveralSchemes_IsOpenedOnceAndWhenItIsNeeded()
    {
        Assert.Empty(opened);
        await store.StatAsync("one://x", default);
        await store.StatAsync("two://x", default);
        Assert.Equal(["both"], opened);
    }

    [Theory]
    [InlineData("gs://bucket/x", "gs")]
    [InlineData("/plain/path", "file")]
    public async Task Location_OfNoKnownScheme_SaysWhichAreKnown(string location, string scheme)
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => store.OpenReadAsync(location, default));
        Assert.Contains($"'{scheme}:'", error.Message, StringComparison.Ordinal);
        Assert.Contains("mem, one, two", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void New_SchemeTwice_IsRefused() =>
        Assert.Throws<InvalidTableArgumentException>(() => new SchemeObjectStore([(["a"], () => new MemoryObjectStore()), (["b", "a"], () => new MemoryObjectStore())]));

    private MemoryObjectStore Opened(string name)
    {
        opened.Add(name);
        return new MemoryObjectStore();
    }
}
