using Features.Cli.Output;
using Features.Core.Engine;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;
using Features.Server.Workspaces;

namespace Features.Cli.Demo;

/// <summary>What arrives in the landing folder: a file a week of flights, one with broken rows, one that is not what its name says, and the airports. Files that stand already are left alone.</summary>
internal sealed class LandingFiles(Workspace workspace, string input)
{
    private static readonly string[] Columns = ["date", "delay", "distance", "origin", "destination"];

    /// <summary>Four rows keep the contract, six break it, each in its own way.</summary>
    private const string BrokenRows = """
        date,delay,distance,origin,destination
        2001-01-01 10:00:00,5,599,ATL,ORD
        not a time,12,599,ATL,ORD
        2001-01-01 10:10:00,late,599,ATL,ORD
        2001-01-01 10:20:00,7,-599,ATL,ORD
        2001-01-01 10:30:00,22,599,ATL,
        2001-01-01 10:40:00,99999,599,ATL,ORD
        2001-01-01 10:50:00,0,599,ATL,ATL
        2001-01-01 11:00:00,-4,599,ORD,ATL
        2001-01-01 11:10:00,31,733,ORD,LGA
        2001-01-01 11:20:00,16,733,LGA,ORD

        """;

    /// <summary>Drops the files; yields each file's path as it lands.</summary>
    public async IAsyncEnumerable<string> DropAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var flights = Path.Combine(workspace.Root, "landing", "flights");
        await foreach (var path in DropWeeksAsync(flights, cancellationToken))
        {
            yield return path;
        }

        yield return await DropTextAsync(Path.Combine(flights, "broken-rows.csv"), BrokenRows, cancellationToken);
        yield return await DropTextAsync(Path.Combine(flights, "not-parquet.parquet"), "This is no Parquet file.\n", cancellationToken);
        var airports = await File.ReadAllTextAsync(Path.Combine(workspace.Root, "data", "airports.csv"), cancellationToken);
        yield return await DropTextAsync(Path.Combine(workspace.Root, "landing", "airports", "airports.csv"), airports, cancellationToken);
    }

    private async IAsyncEnumerable<string> DropWeeksAsync(string folder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
        await session.AddFileAsync("flights", new SourceFile(input, SourceFormat.Parquet), cancellationToken);
        var missing = Columns.Except((await session.DescribeAsync("SELECT * FROM flights", cancellationToken)).FieldsList.Select(f => f.Name)).ToList();
        if (missing.Count > 0)
        {
            throw new CliException("demo-input", $"'{input}' has no column {string.Join(", ", missing)}; --input takes flights with {string.Join(", ", Columns)}");
        }

        var weeks = new List<string>();
        await foreach (var batch in session.QueryAsync("SELECT DISTINCT strftime(date_trunc('week', date), '%Y-%m-%d') AS week FROM flights ORDER BY week", cancellationToken))
        {
            using (batch)
            {
                weeks.AddRange((Apache.Arrow.StringArray)batch.Column(0));
            }
        }

        foreach (var week in weeks)
        {
            var path = Path.Combine(folder, $"week-of-{week}.parquet");
            if (!File.Exists(path))
            {
                await WriteAsync(session, $"SELECT {string.Join(", ", Columns)} FROM flights WHERE date_trunc('week', date) = DATE '{week}' ORDER BY _row_no", path, cancellationToken);
            }

            yield return path;
        }
    }

    private static async Task WriteAsync(ISqlSession session, string sql, string path, CancellationToken cancellationToken)
    {
        var schema = ArrowSchema.ToIceberg(await session.DescribeAsync(sql, cancellationToken));
        await using var file = await new ParquetNetFormat(new LocalObjectStore()).CreateAsync(path, schema, DataFileOptions.Default, cancellationToken);
        await foreach (var batch in session.QueryAsync(sql, cancellationToken))
        {
            using (batch)
            {
                await file.WriteAsync(batch, cancellationToken);
            }
        }

        await file.CompleteAsync(cancellationToken);
    }

    private static async Task<string> DropTextAsync(string path, string text, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        return path;
    }
}
