using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Storage;
using Puffin = Features.Iceberg.Deletes.DeletionVector;

namespace Features.Iceberg.Scans;

/// <summary>
/// The rows of scans against brute force: data files of any partition, spec, sequence number and schema, deletes of all three kinds, a filter and a projection. The model applies each delete
/// to each row by the words of the specification alone; the scan goes through the index, real files and the reader.
/// </summary>
public sealed class ScanReaderTests
{
    private static readonly PrimitiveType Int = new(PrimitiveKind.Int), Long = new(PrimitiveKind.Long), Double = new(PrimitiveKind.Double), String = new(PrimitiveKind.String);

    /// <summary>What files were written with before: a narrower key, one column of another name, one dropped since.</summary>
    private static readonly Schema Old = new(0, [new(1, "k", Int, false), new(2, "label", String, false), new(3, "gone", String, false), new(4, "d", Double, false), new(6, "s", new StructType([new(7, "x", Int, false)]), false)], []);

    private static readonly Schema Now = new(
        1, [new(2, "name", String, false), new(1, "k", Long, false), new(4, "d", Double, false), new(6, "s", new StructType([new(7, "x", Int, false)]), false), new(5, "gone", Int, false)], []);

    private static readonly PartitionSpec[] Specs = [new(0, []), new(1, [new(8, 1000, "p", new Transform(TransformKind.Bucket, 4))]), new(2, [new(8, 1000, "p", new Transform(TransformKind.Void))])];

    private static readonly TableMetadata Metadata = new()
    {
        FormatVersion = 3, TableUuid = Guid.Empty, Location = "/t", LastUpdatedMs = 0, LastColumnId = 8, Schemas = [Old, Now], CurrentSchemaId = 1, PartitionSpecs = Specs, DefaultSpecId = 0, LastPartitionId = 1000,
    };

    private static readonly int[][] KeyIds = [[1], [2], [3], [1, 4], [4], [7, 2], [3, 1]];

    [Fact]
    public Task Scan_ReadsWhatBruteForceLeaves() => Gen.Int[0, int.MaxValue - 1].SampleAsync(
        async seed =>
        {
            var world = new World(new Random(seed));
            await world.BuildAsync();
            var tasks = world.Plan();
            var reader = new ScanReader(world.Format, world.Storage);
            var read = new List<string>();
            foreach (var task in tasks)
            {
                await foreach (var batch in reader.ReadAsync(task, world.Projection, default))
                {
                    using (batch)
                    {
                        Assert.True(batch.Length > 0);
                        read.AddRange(Rows.Of(batch, world.Projection).Select(Rows.Text));
                    }
                }
            }

            Assert.Equal(world.Expected().Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        },
        iter: 200);

    private sealed class World(Random random)
    {
        private readonly List<(DataFile File, long Sequence, Schema Schema, List<object?[]> Rows)> data = [];
        private readonly List<(DataFile File, long Sequence, Func<DataFile, int, object?[], Schema, bool> Deletes)> deletes = [];
        private readonly Filter filter = random.Next(2) == 0 ? Filter.True
            : random.Next(2) == 0 ? Filter.Compare("name", Comparison.NotEqual, "a").Or(Filter.Compare("_pos", Comparison.Less, 2)) : Filter.Compare("s.x", Comparison.GreaterOrEqual, 0).Not();

        public MemoryObjectStore Storage { get; } = new();

        public ParquetNetFormat Format => new(Storage);

        public Schema Projection { get; } = Now with { Fields = [.. new[] { Now.Fields[0], Now.Fields[1], Now.Fields[3], Now.Fields[4], MetadataColumns.Position, MetadataColumns.File }.Where(_ => random.Next(3) > 0)] };

        public async Task BuildAsync()
        {
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                await AddDataAsync(i);
            }

            for (var i = random.Next(5); i > 0; i--)
            {
                await (random.Next(2) == 0 ? AddPositionsAsync(i) : AddEqualityAsync(i));
            }

            // A file has one deletion vector at the most, written no earlier than itself.
            foreach (var (file, sequence, _, rows) in data.Where(_ => random.Next(4) == 0))
            {
                var positions = rows.Index().Select(r => (long)r.Index).Where(_ => random.Next(2) == 0).ToHashSet();
                var blob = Puffin.Write(DeletedPositions.Of(positions));
                var path = $"/t/{deletes.Count}.puffin";
                Storage.Put(path, [1, 2, 3, .. blob, 4]);
                var vector = NewFile(path, FileContent.PositionDeletes, "PUFFIN", positions.Count, file.SpecId, file.Partition) with { ReferencedDataFile = file.FilePath, ContentOffset = 3, ContentSizeInBytes = blob.Length };
                deletes.Add((vector, sequence + random.Next(2), (f, at, _, _) => f == file && positions.Contains(at)));
            }
        }

        public List<FileScanTask> Plan()
        {
            var planned = deletes.Select(d => new PlannedDelete(d.File, d.File.FilePath, d.Sequence) { Key = d.File.EqualityIds is null ? null : EqualityKey.Of(d.File, Metadata) });
            var index = new DeleteIndex(planned.OrderBy(_ => random.Next()), id => Specs[id].Fields.All(f => f.Transform.Kind == TransformKind.Void));
            return [.. data.Select(d => new FileScanTask(d.File, d.File.FilePath, Specs[d.File.SpecId], Now, filter, null, d.Sequence, index.Of(d.File, d.Sequence)))];
        }

        public IEnumerable<string> Expected()
        {
            foreach (var (file, sequence, schema, rows) in data)
            {
                var hasVector = deletes.Any(d => d.File.FileFormat == "PUFFIN" && d.File.ReferencedDataFile == file.FilePath);
                foreach (var (at, row) in rows.Index())
                {
                    if (!deletes.Any(d => Applies(d.File, d.Sequence, file, sequence, hasVector) && d.Deletes(file, at, row, schema)) && Matches(row, at, schema))
                    {
                        yield return Rows.Text(Projection.Fields.Select(f => f.Id == MetadataColumns.Position.Id ? at : f.Id == MetadataColumns.File.Id ? file.FilePath : ValueOf(row, schema, f.Id) is int k && f.Id == 1 ? (long)k : ValueOf(row, schema, f.Id)).ToArray());
                    }
                }
            }
        }

        private bool Matches(object?[] row, long at, Schema schema) => filter switch
        {
            Filter.All => true,
            Filter.Disjunction => ValueOf(row, schema, 2) is string name && name != "a" || at < 2,
            _ => ValueOf(row, schema, 7) is int x && !(x >= 0),
        };

        private static bool Applies(DataFile delete, long deleteSequence, DataFile file, long sequence, bool hasVector)
        {
            var isSamePartition = delete.SpecId == file.SpecId && delete.Partition.SequenceEqual(file.Partition);
            return delete.Content == FileContent.EqualityDeletes
                ? deleteSequence > sequence && (isSamePartition || delete.SpecId is 0 or 2)
                : deleteSequence >= sequence && (delete.FileFormat == "PUFFIN" || !hasVector) && isSamePartition;
        }

        private async Task AddDataAsync(int number)
        {
            var schema = random.Next(2) == 0 ? Old : Now;
            var spec = random.Next(3);
            List<object?[]> rows = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => schema.Fields.Select(f => AnyValue(f.Type)).ToArray())];
            var prefix = new[] { "", "file:", "hdfs://node:1", "s3://b" }[random.Next(4)];
            var file = await WriteAsync($"{prefix}/t/data-{number}.parquet", schema, rows) with { Content = FileContent.Data, SpecId = spec, Partition = AnyPartition(spec) };
            data.Add((file, random.Next(4), schema, rows));
        }

        private async Task AddPositionsAsync(int number)
        {
            // As writers do: sorted by path and position, for one partition; some name files that are gone, or the scheme of another day.
            var (first, sequence, _, _) = data[random.Next(data.Count)];
            var named = data.Where(d => d.File.SpecId == first.SpecId && d.File.Partition.SequenceEqual(first.Partition) && random.Next(3) > 0).ToList();
            var isRenamed = random.Next(3) == 0;
            var rows = named.SelectMany(d => d.Rows.Index().Where(_ => random.Next(3) == 0).Select(r => new object?[] { isRenamed ? "hdfs://node:2" + DeletedPath.Of(d.File.FilePath) : d.File.FilePath, (long)r.Index }))
                .Append(["/t/removed.parquet", 3L]).OrderBy(r => (string)r[0]!, StringComparer.Ordinal).ThenBy(r => (long)r[1]!).ToList();
            if (random.Next(2) == 0)
            {
                rows = [.. rows.Where(r => (string)r[0]! == (string)rows[0][0]!)];
            }

            var file = await WriteAsync($"/t/positions-{number}.parquet", new Schema(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []), rows)
                with { Content = FileContent.PositionDeletes, SpecId = first.SpecId, Partition = first.Partition };
            deletes.Add((file, sequence + random.Next(-1, 2), (f, at, _, _) => rows.Any(r => DeletedPath.Of((string)r[0]!) == DeletedPath.Of(f.FilePath) && (long)r[1]! == at)));
        }

        private async Task AddEqualityAsync(int number)
        {
            var ids = KeyIds[random.Next(KeyIds.Length)];
            var source = ids.Contains(3) || random.Next(2) == 0 ? Old : Now;
            var schema = source with { Fields = [.. source.Fields.Where(f => ids.Contains(f.Id) || (f.Id == 6 && ids.Contains(7)))] };
            List<object?[]> rows = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => schema.Fields.Select(f => AnyValue(f.Type)).ToArray())];
            var spec = random.Next(3);
            var file = await WriteAsync($"/t/equality-{number}.parquet", schema, rows) with { Content = FileContent.EqualityDeletes, SpecId = spec, Partition = AnyPartition(spec), EqualityIds = ids };
            deletes.Add((file, random.Next(5), (_, _, row, of) => rows.Any(key => ids.All(id => AreEqual(ValueOf(key, schema, id), ValueOf(row, of, id))))));
        }

        private object?[] AnyPartition(int spec) => spec == 0 ? [] : spec == 1 ? [random.Next(2)] : [null];

        private object? AnyValue(IcebergType type) => random.Next(5) == 0 ? null : type switch
        {
            StructType s => s.Fields.Select(f => AnyValue(f.Type)).ToArray(),
            PrimitiveType { Kind: PrimitiveKind.Int } => random.Next(-2, 2),
            PrimitiveType { Kind: PrimitiveKind.Long } => random.NextInt64(-2, 2),
            PrimitiveType { Kind: PrimitiveKind.Double } => new[] { double.NaN, -0d, 0d, 1d }[random.Next(4)],
            _ => new[] { "a", "b", "c", "" }[random.Next(4)],
        };

        private static object? ValueOf(object?[] row, Schema schema, int id) => id == 7 ? (ValueOf(row, schema, 6) as object?[])?[0]
            : schema.Fields.Index().FirstOrDefault(f => f.Item.Id == id) is { Item: not null } at ? row[at.Index] : null;

        private static bool AreEqual(object? key, object? value) => (key, value) switch
        {
            (double a, double b) => a == b || (double.IsNaN(a) && double.IsNaN(b)),
            (int or long, int or long) => Convert.ToInt64(key, null) == Convert.ToInt64(value, null),
            _ => Equals(key, value),
        };

        private static DataFile NewFile(string path, FileContent content, string format, long rows, int spec, IReadOnlyList<object?> partition) =>
            new() { Content = content, FilePath = path, FileFormat = format, SpecId = spec, Partition = partition, RecordCount = rows, FileSizeInBytes = 1 };

        private async Task<DataFile> WriteAsync(string path, Schema schema, List<object?[]> rows)
        {
            await using var writer = await Format.CreateAsync(path, schema, DataFileOptions.Default, default);
            using var batch = Rows.ToBatch(schema, rows);
            await writer.WriteAsync(batch, default);
            var file = await writer.CompleteAsync(default);
            // Sometimes a writer leaves metrics out.
            return random.Next(3) == 0 ? file with { LowerBounds = null, UpperBounds = null, NullValueCounts = null } : file;
        }
    }
}
