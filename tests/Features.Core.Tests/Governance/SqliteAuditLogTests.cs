using Features.Core.Governance;
using Microsoft.Data.Sqlite;

namespace Features.Core.Tests.Governance;

public sealed class SqliteAuditLogTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-audit-");

    private string FilePath => Path.Combine(folder.FullName, "audit.db");

    private SqliteAuditLog Log => new(FilePath, TimeProvider.System);

    private static AuditRecord Record(int i) => new(
        DateTimeOffset.UnixEpoch.AddSeconds(i), new ReadRequest("ada", "scan", $"flights.t{i}", i % 2 == 0 ? null : long.MaxValue - i, ["a", "ü\"b"], i % 3 == 0 ? null : "training"), i % 5 != 0, "because", "policy", "sha256:00", i == 1 ? null : i);

    private async Task<List<AuditRecord>> ReadAsync() => await Log.ReadAsync(default).ToListAsync();

    private async Task AppendAsync(int count)
    {
        var log = Log;
        for (var i = 0; i < count; i++)
        {
            await log.AppendAsync(Record(i), default);
        }
    }

    [Fact]
    public async Task Read_AfterAppends_GivesEveryRecordInOrder()
    {
        await AppendAsync(510);
        var read = await ReadAsync();
        Assert.Equal(510, read.Count);
        for (var i = 0; i < read.Count; i++)
        {
            Assert.Equivalent(Record(i), read[i], strict: true);
        }
    }

    [Fact]
    public async Task Append_FromManyDoorsAtOnce_LeavesNoGap()
    {
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => Log.AppendAsync(Record(i), default))));
        Assert.Equal(60, (await ReadAsync()).Count);
        Assert.Equal(60, (await Log.HeadAsync(default)).Seq);
    }

    [Theory]
    [InlineData("UPDATE audit SET event = replace(event, 'ada', 'bob') WHERE seq = 3", 3)]
    [InlineData("UPDATE audit SET hash = zeroblob(32) WHERE seq = 2", 2)]
    [InlineData("DELETE FROM audit WHERE seq = 4", 4)]
    [InlineData("DELETE FROM audit WHERE seq >= 5", 5)]
    [InlineData("DELETE FROM audit", 1)]
    [InlineData("UPDATE audit SET event = (SELECT event FROM audit WHERE seq = 1) WHERE seq = 2", 2)]
    [InlineData("UPDATE audit SET seq = seq + 100 WHERE seq = 6", 6)]
    [InlineData("UPDATE head SET seq = 7", 7)]
    public async Task Read_OfALogThatWasTamperedWith_NamesTheFirstBrokenRecord(string tampering, long broken)
    {
        await AppendAsync(6);
        using (var connection = new SqliteConnection($"Data Source={FilePath}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = tampering;
            Assert.True(command.ExecuteNonQuery() > 0);
        }

        var error = await Assert.ThrowsAsync<AuditBrokenException>(ReadAsync);
        Assert.Contains($"at record {broken}:", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
