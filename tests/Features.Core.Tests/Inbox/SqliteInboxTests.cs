using Features.Core.Inbox;

namespace Features.Core.Tests.Inbox;

public sealed class SqliteInboxTests : InboxConformance, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-inbox-");

    private string FilePath => Path.Combine(folder.FullName, "state", "inbox.db");

    protected override IInbox Open() => new SqliteInbox(FilePath, Clock);

    [Fact]
    public async Task Accept_IntoAFileThatIsNoDatabase_SaysWhichFileAndWhatToDo()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, new string('x', 4096), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<StateStoreException>(() => Open().AcceptAsync(new Arrival("s", "e", "p", "/l", "v", null), default));
        Assert.Contains(FilePath, error.Message, StringComparison.Ordinal);
        Assert.Contains("restore it from a backup", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
