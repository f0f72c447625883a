using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Random table properties that say how rows are written; none may change what is read.</summary>
internal static class TableSettings
{
    private static readonly string[] Modes = ["none", "counts", "truncate(1)", "truncate(16)", "full"];

    public static Dictionary<string, string> Next(Random random, Schema schema)
    {
        var properties = new Dictionary<string, string>();
        Set("write.delete.mode", Mode());
        Set("write.merge.mode", Mode());
        Set("write.parquet.compression-codec", Any("zstd", "snappy", "gzip", "uncompressed"));
        Set("write.parquet.row-group-size-bytes", Any("1", "500", "100000"));
        Set("write.target-file-size-bytes", Any("1", "3000", "1000000"));
        Set("write.metadata.metrics.default", Any(Modes));
        Set("write.metadata.metrics.max-inferred-column-defaults", random.Next(6).ToString(CultureInfo.InvariantCulture));
        Set("commit.manifest.min-count-to-merge", Any("1", "2", "3"));
        Set("write.metadata.compression-codec", Any("none", "gzip"));
        Set("write.metadata.previous-versions-max", "2");
        foreach (var column in ModelColumn.Of(schema).Where(c => c.Field.Type is PrimitiveType && random.Next(8) == 0))
        {
            properties[$"write.metadata.metrics.column.{column.Path}"] = Any(Modes);
        }

        return properties;

        string Any(params string[] values) => values[random.Next(values.Length)];

        string Mode() => Any("copy-on-write", "merge-on-read");

        void Set(string name, string value)
        {
            if (random.Next(2) == 0)
            {
                properties[name] = value;
            }
        }
    }
}
