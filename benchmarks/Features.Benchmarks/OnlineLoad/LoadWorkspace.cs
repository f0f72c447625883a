using System.Diagnostics;
using System.Globalization;
using System.Text;
using DuckDB.NET.Data;

namespace Features.Benchmarks.OnlineLoad;

/// <summary>
/// A workspace with one table of 50 feature columns, and the same columns as 1, 5 and 10 views; made and served by the command line as a user would.
/// </summary>
internal sealed class LoadWorkspace(string folder, string commandLine)
{
    private const int Columns = 50;
    private static readonly int[] Families = [1, 5, 10];

    /// <summary>All 50 features over so many views.</summary>
    public static IEnumerable<string> ReferencesOver(int views) => Enumerable.Range(0, Columns).Select(column => $"{ViewOf(views, column)}:f{column}");

    /// <summary>Writes the workspace and fills its table.</summary>
    public async Task MakeAsync(int entities)
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: load\nonline: { materialize_every: 0 }\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "load.yaml"), Definitions());
        await using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"COPY ({Rows(entities)}) TO '{Path.Combine(folder, "stats.parquet").Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet)";
            await command.ExecuteNonQueryAsync();
        }

        await RunAsync("apply");
        await RunAsync("ingest", "stats", Path.Combine(folder, "stats.parquet"));
    }

    /// <summary>Starts <c>features serve</c>; the caller ends the process.</summary>
    public async Task<(Process Process, Uri Address)> ServeAsync()
    {
        var process = Start("serve", "--events", "http://127.0.0.1:0", "--flight", "grpc://127.0.0.1:0", "--online", "http://127.0.0.1:0");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("online", StringComparison.Ordinal))
            {
                return (process, new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
            }
        }

        throw new InvalidOperationException("'features serve' did not say where it serves features");
    }

    /// <summary>Has the service bring its views up to the table.</summary>
    public static async Task MaterializeAsync(Uri address)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var answer = await client.PostAsync(new Uri(address, "/materialize"), content: null);
        Console.WriteLine(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    private async Task RunAsync(params string[] verb)
    {
        var watch = Stopwatch.StartNew();
        using var process = Start(verb);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Console.WriteLine($"features {verb[0]}: {watch.Elapsed.TotalSeconds:F1} s");
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'features {string.Join(' ', verb)}' failed: {output}");
        }
    }

    private Process Start(params string[] verb) =>
        Process.Start(new ProcessStartInfo("dotnet", [commandLine, .. verb, "--workspace", folder]) { RedirectStandardOutput = true })!;

    private static string ViewOf(int views, int column) => $"over{views}_{column * views / Columns}";

    // A fifth of the columns are integers, a tenth texts, as in a table of behaviour.
    private static string Rows(int entities)
    {
        var columns = Enumerable.Range(0, Columns).Select(c => (c % 10) switch
        {
            0 or 5 => $"CAST(hash(i + {c}) % 100000 AS BIGINT) AS f{c}",
            9 => $"'segment-' || (hash(i + {c}) % 500) AS f{c}",
            _ => $"(hash(i + {c}) % 1000003) / 1000003.0::DOUBLE AS f{c}",
        });
        return $"SELECT i AS user_id, TIMESTAMP '2026-01-01 00:00:00' + to_seconds(i % 86400) AS happened_at, {string.Join(", ", columns)} FROM range({entities}) AS t(i)";
    }

    private static string Definitions()
    {
        var yaml = new StringBuilder("""
            kind: Pipeline
            name: stats
            source: { match: "landing/*.parquet" }
            target: { table: load.stats, mode: append }
            ---
            kind: Entity
            name: user
            keys: [{ name: user_id, type: long }]

            """);
        foreach (var (views, view) in Families.SelectMany(views => Enumerable.Range(0, views).Select(view => (views, view))))
        {
            yaml.Append(CultureInfo.InvariantCulture, $"---\nkind: FeatureView\nname: over{views}_{view}\nentity: user\nsource: load.stats\nclocks: {{ event: happened_at }}\nfeatures:\n");
            foreach (var column in Enumerable.Range(0, Columns).Where(c => c * views / Columns == view))
            {
                yaml.Append(CultureInfo.InvariantCulture, $"  - {{ name: f{column}, column: f{column} }}\n");
            }
        }

        return yaml.ToString();
    }
}
