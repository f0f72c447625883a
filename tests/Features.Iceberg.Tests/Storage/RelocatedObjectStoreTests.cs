using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class RelocatedObjectStoreTests
{
    private readonly MemoryObjectStore inner = new();

    [Theory]
    [InlineData("s3://wh/t/metadata/a", "/new/t/metadata/a")]
    [InlineData("s3a://wh/t/x", "/new/t/x")]
    [InlineData("s3://wh/t", "/new/t")]
    [InlineData("s3://wh/t2/x", "/other/t2/x")]
    [InlineData("s3://wh2/t", "s3://wh2/t")]
    [InlineData("file:/old/x", "/files/x")]
    [InlineData("file:///old/x", "/files/x")]
    [InlineData("/old/x", "/files/x")]
    [InlineData("/older/x", "/older/x")]
    [InlineData("./rel/x", "/rel-new/x")]
    public void Relocate_Prefixes_AreTakenBySegmentAndTheLongestFirst(string location, string expected) => Assert.Equal(
        expected, new RelocatedObjectStore(inner, [("s3://wh", "/other"), ("s3://wh/t/", "/new/t"), ("file:///old/", "/files/"), ("rel", "/rel-new")]).Relocate(location));

    [Fact]
    public void New_ContradictoryPrefixes_AreAllNamed()
    {
        var error = Assert.Throws<InvalidTableArgumentException>(() => new RelocatedObjectStore(inner, [("", "/a"), ("s3://x", "/b"), ("s3a://x/", "/c")]));
        Assert.Contains("empty prefix", error.Message, StringComparison.Ordinal);
        Assert.Contains("'/b' and to '/c'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_RelocatedObjects_KeepTheirOldNames()
    {
        inner.Put("/new/t/a", [1, 2]);
        var store = new RelocatedObjectStore(inner, [("s3://wh", "/new")]);
        Assert.Equal(new ObjectInfo("s3://wh/t/a", 2, DateTimeOffset.UnixEpoch), await store.StatAsync("s3://wh/t/a", default));
        var listed = new List<string>();
        await foreach (var info in store.ListAsync("s3://wh/t", default))
        {
            listed.Add(info.Location);
        }

        Assert.Equal(["s3://wh/t/a"], listed);
        await using var stream = await store.OpenReadAsync("s3://wh/t/a", default);
        Assert.Equal(1, stream.ReadByte());
    }

    [Fact]
    public async Task Change_Relocated_IsRefused()
    {
        var store = new RelocatedObjectStore(inner, [("s3://wh", "/new")]);
        await Assert.ThrowsAsync<StorageException>(() => store.CreateAsync("s3://wh/x", default));
        await Assert.ThrowsAsync<StorageException>(() => store.DeleteAsync("s3://wh/x", default));
    }

    [Fact]
    public void Relocation_WithinAnother_IsFollowedThroughBoth()
    {
        var store = new RelocatedObjectStore(new RelocatedObjectStore(new MemoryObjectStore(), [("mem://b", "mem://c")]), [("mem://a", "mem://b")]);

        Assert.Equal("mem://c/x", store.Relocate("mem://a/x"));
        Assert.Equal("mem://c/x", store.Relocate("mem://b/x"));
    }
}
