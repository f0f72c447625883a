using System.Globalization;
using Apache.Arrow;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.FaultHost;

/// <summary>A writer of one table among several processes: Features.FaultHost append CATALOG TABLE NAME COMMITS. Says <c>ready</c>, waits for a line, then appends a row of its name and number in each commit.</summary>
internal static class Appends
{
    public static async Task<int> RunAsync(string file, string name, string writer, int commits)
    {
        var storage = new LocalObjectStore();
        using var catalog = new SqliteCatalog(file, "local", Path.GetDirectoryName(file)!, storage, TimeProvider.System);
        var table = (await catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, CancellationToken.None))!;
        await Console.Out.WriteLineAsync("ready");
        await Console.In.ReadLineAsync();
        for (var number = 0; number < commits; number++)
        {
            var files = await new PartitionedWriter(table, new ParquetNetFormat(storage)).WriteAsync(Row(writer, number), string.Create(CultureInfo.InvariantCulture, $"{writer}-{number}"), CancellationToken.None);
            table = (await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(CancellationToken.None)).Table;

            // Neither writer is done before the other has begun.
            while (table.Metadata.Snapshots.Count < 2)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5));
                table = (await catalog.TryLoadTableAsync(table.Identifier!, CancellationToken.None))!;
            }
        }

        return 0;
    }

    private static async IAsyncEnumerable<RecordBatch> Row(string writer, int number)
    {
        await Task.CompletedTask;
        yield return new RecordBatch.Builder()
            .Append("writer", nullable: true, new StringArray.Builder().Append(writer).Build())
            .Append("number", nullable: true, new Int32Array.Builder().Append(number).Build())
            .Build();
    }
}
