using System.Text;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Deletes;

/// <summary>Which position deletes apply by what is known of the paths that they name; the rest is held to brute force in <see cref="ScanReaderTests"/>.</summary>
public sealed class DeleteIndexTests
{
    private const string Data = "hdfs://node:1/warehouse/t/data/m.parquet";

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("hdfs://node:1/warehouse/t/data/a.parquet", "hdfs://node:1/warehouse/t/data/z.parquet", true)]
    [InlineData("hdfs://node:1/warehouse/t/data/n.parquet", "hdfs://node:1/warehouse/t/data/z.parquet", false)]
    [InlineData("hdfs://node:1/warehouse/t/data/a.parquet", "hdfs://node:1/warehouse/t/data/l.parquet", false)]
    // One file, under the same name or that of another day.
    [InlineData(Data, Data, true)]
    [InlineData("/warehouse/t/data/m.parquet", "/warehouse/t/data/m.parquet", true)]
    [InlineData("hdfs://node:1/warehouse/t/data/a.parquet", "hdfs://node:1/warehouse/t/data/a.parquet", false)]
    // Another scheme or authority sorts elsewhere and says nothing.
    [InlineData("s3://b/warehouse/t/data/a.parquet", "s3://b/warehouse/t/data/b.parquet", true)]
    [InlineData("/a", "/b", true)]
    // Bounds cut to 16 characters, the upper one raised or not.
    [InlineData("hdfs://node:1/wa", "hdfs://node:1/wb", true)]
    [InlineData("hdfs://node:1/wa", "hdfs://node:1/wa", true)]
    [InlineData("hdfs://node:1/wb", "hdfs://node:1/wc", false)]
    public void PositionDeletes_ApplyWhereTheirPathsMay(string? lower, string? upper, bool applies)
    {
        var delete = NewFile("/d.parquet") with { Content = FileContent.PositionDeletes, LowerBounds = Bound(lower), UpperBounds = Bound(upper) };
        var index = new DeleteIndex([new PlannedDelete(delete, delete.FilePath, 1)], _ => true);
        Assert.Equal(applies ? 1 : 0, index.Of(NewFile(Data), 1).Count);
    }

    [Fact]
    public void Vectors_ForTheSameFile_AreAFaultOfTheTable()
    {
        var vector = NewFile("/v.puffin") with { Content = FileContent.PositionDeletes, FileFormat = "PUFFIN", ReferencedDataFile = Data };
        var error = Assert.Throws<InvalidFileException>(() => new DeleteIndex([new PlannedDelete(vector, "/v.puffin", 1), new PlannedDelete(vector, "/v.puffin", 2)], _ => true));
        Assert.Contains("another deletion vector", error.Message, StringComparison.Ordinal);
    }

    private static DataFile NewFile(string path) => new() { FilePath = path, FileFormat = "PARQUET", Partition = [], RecordCount = 1, FileSizeInBytes = 1 };

    private static Dictionary<int, byte[]>? Bound(string? path) => path is null ? null : new() { [MetadataColumns.DeletedFilePath.Id] = Encoding.UTF8.GetBytes(path) };
}
