using CsCheck;
using Features.Core.Engine;
using Features.DuckDb.Tests.Engine;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Random rows under random position and equality deletes, read by SQL and counted by hand.</summary>
public sealed class RandomDeletesTests : IAsyncDisposable
{
    private static readonly Schema Table = new(
        0,
        [
            new(1, "d", new PrimitiveType(PrimitiveKind.Double), false), new(2, "i", new PrimitiveType(PrimitiveKind.Int), false),
            new(3, "s", new StructType([new(4, "u", new PrimitiveType(PrimitiveKind.Uuid), false), new(5, "x", new PrimitiveType(PrimitiveKind.String), false)]), false),
        ],
        []);

    /// <summary>The struct's field alone, and the number by a wider type than the file's.</summary>
    private static readonly Schema[] Keys =
    [
        new(0, [Table.Fields[0]], []),
        new(0, [new(2, "i", new PrimitiveType(PrimitiveKind.Long), false), new(3, "s", new StructType([new(4, "u", new PrimitiveType(PrimitiveKind.Uuid), false)]), false)], []),
    ];

    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 1 });
    private readonly string folder = Directory.CreateTempSubdirectory("random-deletes-").FullName;
    private readonly Features.Iceberg.Storage.LocalObjectStore storage = new();
    private int written;

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Rows_UnderAnyDeletes_AreThoseLeftByHand() => await Gen.Int[0, int.MaxValue - 1].SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            var (tasks, expected) = (new List<FileScanTask>(), new List<string>());
            var keyDeletes = new List<(PlannedDelete Delete, Schema Key, List<object?[]> Rows)>();
            foreach (var key in Keys.Where(_ => random.Next(2) == 0))
            {
                var rows = Enumerable.Range(0, random.Next(1, 4)).Select(_ => key.Fields.Select(f => KeyValue(random, f)).ToArray()).ToList();
                keyDeletes.Add((new PlannedDelete(await WriteAsync(key, rows) with { Content = FileContent.EqualityDeletes, EqualityIds = [.. key.AllFields().Where(f => f.Type is PrimitiveType).Select(f => f.Id)] }, "", 2) { Key = key }, key, rows));
            }

            for (var file = 0; file < 3; file++)
            {
                var rows = Enumerable.Range(0, 30).Select(_ => Table.Fields.Select(f => Value(random, f)).ToArray()).ToList();
                var data = await WriteAsync(Table, rows);
                var deleted = Enumerable.Range(0, rows.Count).Where(_ => file != 0 && random.Next(4) == 0).Append(1_000).ToList();
                var planned = new List<PlannedDelete>();
                if (file != 0)
                {
                    var positions = new Schema(0, [MetadataColumns.DeletedFilePath, MetadataColumns.DeletedPosition], []);
                    var delete = await WriteAsync(positions, [.. deleted.Select(p => new object?[] { data.FilePath, (long)p })]) with { Content = FileContent.PositionDeletes };
                    planned.Add(new PlannedDelete(delete, delete.FilePath, 1));
                }

                var applied = file == 2 ? [] : keyDeletes;
                planned.AddRange(applied.Select(k => k.Delete with { Location = k.Delete.File.FilePath }));
                tasks.Add(new FileScanTask(data, data.FilePath, PartitionSpec.Unpartitioned, Table, Filter.True, null, 1, planned));
                expected.AddRange(rows
                    .Where((row, i) => !(file != 0 && deleted.Contains(i)) && !applied.Any(k => k.Rows.Any(key => Same(row, k.Key, key))))
                    .Select(r => Rows.Text(r)));
            }

            var trust = random.Next(2) == 0 ? SqlTrust.User : SqlTrust.Pipeline;
            await using var session = await engine.OpenAsync(trust, default);
            await session.AddTableAsync("ns.t", ParquetTable.Plan(Table, tasks), default);
            var read = new List<string>();
            await foreach (var batch in session.QueryAsync("SELECT * FROM ns.t", default))
            {
                using (batch)
                {
                    read.AddRange(Rows.Of(batch, Table).Select(r => Rows.Text(r)));
                }
            }

            Assert.Equal(expected.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        },
        iter: 60,
        threads: 1);

    [Fact]
    public async Task HiddenTables_CannotBeNamedByAPersonsSql()
    {
        var data = await WriteAsync(Table, [[1.0, 1, null], [2.0, 2, null]]);
        var delete = await WriteAsync(Keys[0], [[1.0]]) with { Content = FileContent.EqualityDeletes };
        var task = new FileScanTask(data, data.FilePath, PartitionSpec.Unpartitioned, Table, Filter.True, null, 1, [new PlannedDelete(delete, delete.FilePath, 2) { Key = Keys[0] }]);
        await using var session = await engine.OpenAsync(SqlTrust.User, default);
        await session.AddTableAsync("ns.t", ParquetTable.Plan(Table, [task]), default);
        Assert.Equal(["2"], (await session.Rows("SELECT d FROM ns.t")).Rows.Single());
        await Assert.ThrowsAsync<SqlException>(() => session.Rows("SELECT * FROM \"table:scans\".\"1\""));
    }

    private static bool Same(object?[] row, Schema key, object?[] values) => key.Fields.Select((field, i) =>
    {
        var own = row[Table.Fields.ToList().FindIndex(f => f.Id == field.Id)];
        return field.Type is StructType ? Equal((own as object?[])?[0], (values[i] as object?[])?[0]) : Equal(own, values[i]);
    }).All(same => same);

    private static bool Equal(object? left, object? right) => (left, right) switch
    {
        (double a, double b) => a == b || (double.IsNaN(a) && double.IsNaN(b)),
        (int a, long b) => a == b,
        _ => Equals(left, right),
    };

    private static object? Value(Random random, NestedField field) => random.Next(4) == 0 ? null : field.Id switch
    {
        1 => new[] { 0.0, -0.0, double.NaN, 1.5 }[random.Next(4)],
        2 => random.Next(3),
        _ => new object?[] { random.Next(3) == 0 ? null : new Guid(random.Next(2), 0, 0, new byte[8]), $"x{random.Next(3)}" },
    };

    private static object? KeyValue(Random random, NestedField field) => Value(random, field) switch
    {
        int i => (long)i,
        object?[] s => new[] { s[0] },
        var other => other,
    };

    private async Task<DataFile> WriteAsync(Schema schema, IReadOnlyList<object?[]> rows)
    {
        await using var writer = await new ParquetNetFormat(storage).CreateAsync(Path.Combine(folder, $"{written++}.parquet"), schema, DataFileOptions.Default, default);
        using var batch = Rows.ToBatch(schema, rows);
        await writer.WriteAsync(batch, default);
        return await writer.CompleteAsync(default);
    }
}
