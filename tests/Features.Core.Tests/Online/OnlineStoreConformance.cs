using System.Text;
using Features.Core.Online;

namespace Features.Core.Tests.Online;

/// <summary>What every online store keeps to. An adapter's tests derive from it.</summary>
public abstract class OnlineStoreConformance : IAsyncLifetime
{
    private protected string Folder { get; } = Directory.CreateTempSubdirectory("features-online-").FullName;

    private protected IOnlineStore Store { get; private set; } = null!;

    /// <summary>Opens the store of a folder; may be called again, for the same folder.</summary>
    private protected abstract IOnlineStore Open(string folder);

    public ValueTask InitializeAsync()
    {
        Store = Open(Folder);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Get_OfKeysInAnyOrderAndTwice_GivesTheirValuesInThatOrder()
    {
        await PutAsync(("a", "1"), ("b", ""), ("c", "3"));

        Assert.Equal(["3", null, "1", "", "3"], await GetAsync("c", "no", "a", "b", "c"));
    }

    [Fact]
    public async Task Update_ThatReturnsNull_RemovesTheKey()
    {
        await PutAsync(("a", "1"), ("b", "2"));
        await PutAsync(("a", null));

        Assert.Equal([null, "2"], await GetAsync("a", "b"));
    }

    [Fact]
    public async Task Update_ThatThrows_ChangesNothing()
    {
        await PutAsync(("a", "1"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.UpdateAsync([Bytes("a")], _ => throw new InvalidOperationException(), default));
        await PutAsync(("b", "2"));

        Assert.Equal(["1", "2"], await GetAsync("a", "b"));
    }

    [Fact]
    public async Task Update_FromManyAtOnceAndFromAnotherOpening_LosesNothing()
    {
        await using var other = Open(Folder);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => (i % 2 == 0 ? Store : other).UpdateAsync(
            [Bytes("count")], present => [Bytes((present[0] is { } n ? int.Parse(Text(n)!, null) + 1 : 1).ToString(null as IFormatProvider))], default))));

        Assert.Equal(["100"], await GetAsync("count"));
    }

    [Fact]
    public async Task Get_WhileOthersWrite_SeesOneState()
    {
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await PutAsync(("x", $"{i}"), ("y", $"{i}"));
            }
        });
        for (var i = 0; i < 300; i++)
        {
            var read = await GetAsync("x", "y");
            Assert.Equal(read[0], read[1]);
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task Value_OfSeveralMegabytes_ComesBack()
    {
        var large = new string('x', 5_000_000);
        await PutAsync(("large", large), ("small", "s"));

        Assert.Equal([large, "s"], await GetAsync("large", "small"));
    }

    [Fact]
    public async Task Scan_OfAPrefix_GivesItsKeysInByteOrder()
    {
        var names = Enumerable.Range(0, 2_500).Select(i => $"p{i:x4}").ToList();
        await PutAsync([.. names.Select(n => (n, (string?)n)), ("o", "before"), ("q", "after"), ("p", "itself")]);

        Assert.Equal(["p", .. names.Order(StringComparer.Ordinal)], await ScanAsync(Bytes("p")));
    }

    [Fact]
    public async Task Scan_OfAPrefixThatEndsInTheLastByte_EndsAtItsEnd()
    {
        await Store.UpdateAsync([new byte[] { 1, 0xFF, 7 }, new byte[] { 2 }, new byte[] { 0xFF, 0xFF, 1 }], _ => [Bytes("in"), Bytes("out"), Bytes("last")], default);

        Assert.Equal([new byte[] { 1, 0xFF, 7 }], await KeysAsync(new byte[] { 1, 0xFF }));
        Assert.Equal([new byte[] { 0xFF, 0xFF, 1 }], await KeysAsync(new byte[] { 0xFF, 0xFF }));
        Assert.Equal(3, (await KeysAsync(default)).Count);
    }

    [Fact]
    public async Task Remove_OfAPrefix_LeavesTheRest()
    {
        await PutAsync([.. Enumerable.Range(0, 12_000).Select(i => ($"p{i}", (string?)"v")), ("o", "o"), ("q", "q")]);
        await Store.RemoveAsync(Bytes("p"), default);

        Assert.Equal(["o", "q"], await ScanAsync(default));
    }

    [Fact]
    public async Task Entries_AfterReopening_AreThere()
    {
        await PutAsync(("a", "1"));
        await Store.DisposeAsync();
        Store = Open(Folder);

        Assert.Equal(["1"], await GetAsync("a"));
    }

    private protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } given ? Encoding.UTF8.GetString(given.Span) : null;

    private protected Task PutAsync(params (string Key, string? Value)[] entries) => Store.UpdateAsync(
        [.. entries.Select(e => Bytes(e.Key))], _ => [.. entries.Select(e => e.Value is { } value ? Bytes(value) : (ReadOnlyMemory<byte>?)null)], default);

    private protected async Task<List<string?>> GetAsync(params string[] keys) => [.. (await Store.GetAsync([.. keys.Select(Bytes)], default)).Select(Text)];

    private async Task<List<string?>> ScanAsync(ReadOnlyMemory<byte> prefix) => [.. (await KeysAsync(prefix)).Select(k => Text(k))];

    private async Task<List<byte[]>> KeysAsync(ReadOnlyMemory<byte> prefix)
    {
        var keys = new List<byte[]>();
        await foreach (var (key, _) in Store.ScanAsync(prefix, default))
        {
            keys.Add(key.ToArray());
        }

        return keys;
    }
}
