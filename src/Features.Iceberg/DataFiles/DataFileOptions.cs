using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>How data files are written, as table properties say it in all engines.</summary>
public sealed record DataFileOptions
{
    private const string MetricsOfColumn = "write.metadata.metrics.column.";

    /// <summary>What a table without properties uses.</summary>
    public static DataFileOptions Default { get; } = new();

    /// <summary><c>write.parquet.compression-codec</c>: zstd (default), snappy, gzip or uncompressed.</summary>
    public string Compression { get; init; } = "zstd";

    /// <summary><c>write.parquet.compression-level</c>; null for the codec's own.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary><c>write.parquet.row-group-size-bytes</c>: about so many bytes in memory to a row group; default 128 MiB.</summary>
    public long RowGroupBytes { get; init; } = 128L << 20;

    /// <summary><c>write.metadata.metrics.default</c>: the mode of columns not named; default truncate(16).</summary>
    public MetricsMode Metrics { get; init; } = MetricsMode.Truncate(16);

    /// <summary><c>write.metadata.metrics.max-inferred-column-defaults</c>: beyond so many columns (leaves, in schema order) those without a mode of their own get none; default 100.</summary>
    public int MaxInferredColumns { get; init; } = 100;

    private Dictionary<string, MetricsMode> Modes { get; init; } = [];

    /// <summary>The options that a table's properties ask for.</summary>
    /// <exception cref="InvalidTableArgumentException">A property is no such value; it is named.</exception>
    public static DataFileOptions Of(TableMetadata metadata)
    {
        var properties = metadata.Properties;
        return new DataFileOptions
        {
            Compression = Codec(properties.GetValueOrDefault("write.parquet.compression-codec")),
            CompressionLevel = Number(properties, "write.parquet.compression-level") is { } level ? (int)level : null,
            RowGroupBytes = Number(properties, "write.parquet.row-group-size-bytes") ?? Default.RowGroupBytes,
            Metrics = properties.TryGetValue("write.metadata.metrics.default", out var mode) ? MetricsMode.Parse(mode) : Default.Metrics,
            MaxInferredColumns = (int)(Number(properties, "write.metadata.metrics.max-inferred-column-defaults") ?? Default.MaxInferredColumns),
            Modes = properties
                .Where(p => p.Key.StartsWith(MetricsOfColumn, StringComparison.Ordinal))
                .ToDictionary(p => p.Key[MetricsOfColumn.Length..], p => MetricsMode.Parse(p.Value)),
        };
    }

    /// <summary>The mode of a column, by its full name (<c>point.x</c>) and its place among the schema's leaves, from 0.</summary>
    public MetricsMode MetricsOf(string column, int leaf) =>
        Modes.TryGetValue(column, out var mode) ? mode : leaf < MaxInferredColumns ? Metrics : MetricsMode.None;

    private static string Codec(string? name) => name?.ToLowerInvariant() switch
    {
        null or "zstd" => "zstd",
        "snappy" => "snappy",
        "gzip" => "gzip",
        "uncompressed" or "none" => "uncompressed",
        _ => throw new InvalidTableArgumentException($"the property write.parquet.compression-codec is '{name}'; zstd, snappy, gzip and uncompressed are written"),
    };

    private static long? Number(IReadOnlyDictionary<string, string> properties, string name) => !properties.TryGetValue(name, out var text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw new InvalidTableArgumentException($"the property {name} is '{text}', which is no whole number from 0");
}
