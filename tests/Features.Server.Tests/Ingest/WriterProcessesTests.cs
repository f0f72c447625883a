using System.Diagnostics;
using System.Globalization;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Written;

namespace Features.Server.Tests.Ingest;

/// <summary>Two processes that append to one table of a SQLite catalog at once: what threads of one process share, they do not.</summary>
public sealed class WriterProcessesTests : IDisposable
{
    private const int Commits = 12;
    private readonly string folder = Directory.CreateTempSubdirectory("features-writers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Appends_OfTwoProcessesAtOnce_AreOneHistoryThatLostNone()
    {
        var storage = new LocalObjectStore();
        var file = Path.Combine(folder, "catalog.db");
        using var catalog = new SqliteCatalog(file, "local", folder, storage, TimeProvider.System);
        var schema = new Schema(0, [new(1, "writer", new PrimitiveType(PrimitiveKind.String), false), new(2, "number", new PrimitiveType(PrimitiveKind.Int), false)], []);
        var retries = new Dictionary<string, string> { ["commit.retry.num-retries"] = "200", ["commit.retry.min-wait-ms"] = "1", ["commit.retry.max-wait-ms"] = "50" };
        var made = await catalog.CreateTableAsync(new TableIdentifier("ns", "t"), new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, retries), CancellationToken.None);

        string[] names = ["one", "two"];
        var writers = names.Select(name => Start(file, name)).ToList();
        foreach (var writer in writers)
        {
            Assert.Equal("ready", await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        await Task.WhenAll(writers.Select(w => w.StandardInput.WriteLineAsync("go")));
        foreach (var writer in writers)
        {
            var errors = await writer.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(writer.ExitCode == 0, errors);
            writer.Dispose();
        }

        var table = (await catalog.TryLoadTableAsync(made.Identifier!, CancellationToken.None))!;
        var rows = await RowsAsync(table);
        Assert.Equal(names.SelectMany(n => Enumerable.Range(0, Commits).Select(i => $"{n} {i}")), rows.Order(StringComparer.Ordinal).OrderBy(r => Array.IndexOf(names, r.Split(' ')[0])).ThenBy(r => int.Parse(r.Split(' ')[1], CultureInfo.InvariantCulture)));

        // One history, each commit on the one before; and the processes did meet in it.
        Assert.Equal(2 * Commits, WrittenTable.Check(table.MetadataLocation));
        Assert.Equal(2 * Commits, table.Metadata.MetadataLog.Count);
        Assert.True(rows.Zip(rows.Skip(1)).Count(p => p.First.Split(' ')[0] != p.Second.Split(' ')[0]) > 1, "one writer was done before the other began");
    }

    private static Process Start(string catalog, string name) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "Features.FaultHost.dll"), "append", catalog, "ns.t", name, Commits.ToString(CultureInfo.InvariantCulture)])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>The rows in the order of their commits.</summary>
    private static async Task<List<string>> RowsAsync(Table table)
    {
        var plan = await table.NewScan().PlanAsync(CancellationToken.None);
        var rows = new List<string>();
        foreach (var task in plan.Tasks)
        {
            await foreach (var batch in new ParquetNetFormat(table.Storage).ReadAsync(task, plan.Projection, CancellationToken.None))
            {
                using (batch)
                {
                    rows.Add(string.Create(CultureInfo.InvariantCulture, $"{((Apache.Arrow.StringArray)batch.Column(0)).GetString(0)} {((Apache.Arrow.Int32Array)batch.Column(1)).GetValue(0)}"));
                }
            }
        }

        return rows;
    }
}
