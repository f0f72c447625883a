#:package DuckDB.NET.Data.Full

// Writes flights.parquet: the first flights, by date, of a larger file with the columns date, delay, distance, origin, destination.
//   dotnet run samples/data/extract.cs -- flights-3m.parquet samples/data/flights.parquet
using DuckDB.NET.Data;

const int Flights = 600_000;

if (args is not [var source, var target])
{
    Console.Error.WriteLine("error USAGE: two paths are needed, SOURCE.parquet and TARGET.parquet; see samples/data/make.sh");
    return 2;
}

using var connection = new DuckDBConnection("DataSource=:memory:;autoinstall_known_extensions=false;autoload_known_extensions=false");
connection.Open();

// Many flights share a minute: only the whole row as the sort key, and one thread, give the same bytes at every run.
using var command = connection.CreateCommand();
command.CommandText = $"""
    SET threads = 1;
    COPY (
      SELECT date, delay, distance, origin, destination
      FROM read_parquet({Literal(source)})
      ORDER BY date, origin, destination, distance, delay
      LIMIT {Flights}
    ) TO {Literal(target)} (FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 122880);
    """;
command.ExecuteNonQuery();
Console.WriteLine($"{target}: {Flights} flights, {new FileInfo(target).Length} bytes");
return 0;

static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
