using Features.Core.Online;

namespace Features.Core.Tests.Online;

public class SqliteOnlineStoreTests : OnlineStoreConformance
{
    private protected override IOnlineStore Open(string folder) => new SqliteOnlineStore(Path.Combine(folder, "state", "online.db"));

    [Fact]
    public async Task File_ThatIsNoDatabase_IsNamed()
    {
        var path = Path.Combine(Folder, "other.db");
        await File.WriteAllTextAsync(path, new string('?', 10_000));
        await using var store = new SqliteOnlineStore(path);

        var fault = await Assert.ThrowsAsync<StateStoreException>(async () => await store.GetAsync([Bytes("a")], default));

        Assert.Equal(path, fault.Path);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task Store_ThatIsDisposed_IsNotReopened()
    {
        await using var store = Open(Folder);
        await store.GetAsync([Bytes("a")], default);
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync([Bytes("a")], default));
    }
}
