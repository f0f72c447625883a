using System.Globalization;
using DuckDB.NET.Data;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>The data set as Parquet files of 1,000,000 rows: float32 features <c>f0</c>, <c>f1</c>, … of 11 bits, and a label.</summary>
internal static class EpochData
{
    private const long FileRows = 1_000_000;

    public static IEnumerable<string> Features(int width) => Enumerable.Range(0, width).Select(i => string.Create(CultureInfo.InvariantCulture, $"f{i}"));

    /// <summary>The files in order, written if they are not there.</summary>
    public static IReadOnlyList<string> Files(EpochCostOptions options)
    {
        var folder = Path.Combine(options.Folder, string.Create(CultureInfo.InvariantCulture, $"{options.Rows}x{options.Width}"));
        Directory.CreateDirectory(folder);
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        var files = new List<string>();
        for (var first = 0L; first < options.Rows; first += FileRows)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{first:D12}.parquet"));
            files.Add(path);
            if (File.Exists(path))
            {
                continue;
            }

            var columns = string.Join(", ", Features(options.Width).Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"((hash(range, {i}) % 2048)::FLOAT / 1024 - 1)::FLOAT AS {name}")));
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(
                CultureInfo.InvariantCulture,
                $"COPY (SELECT {columns}, (hash(range, 1000) % 2)::FLOAT AS label FROM range({first}, {Math.Min(options.Rows, first + FileRows)})) TO '{path}.partial' (FORMAT parquet, COMPRESSION zstd)");
            command.ExecuteNonQuery();
            File.Move(path + ".partial", path);
        }

        return files;
    }
}
