using System.Globalization;
using Apache.Arrow;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using ArrowField = Apache.Arrow.Field;
using Table = Features.Iceberg.Table;

namespace Features.Core.Ingestion;

/// <summary>A source file in the engine, split into good and quarantined rows. Disposing it frees them.</summary>
internal sealed class SourceBatch : IAsyncDisposable
{
    private readonly ISqlSession session;
    private readonly AppliedPipeline applied;

    private SourceBatch(ISqlSession session, AppliedPipeline applied, IReadOnlyList<ArrowField> fileColumns, CleaningPlan plan)
    {
        this.session = session;
        this.applied = applied;
        FileColumns = fileColumns;
        Plan = plan;
    }

    /// <summary>The file's own columns.</summary>
    public IReadOnlyList<ArrowField> FileColumns { get; }

    public CleaningPlan Plan { get; }

    /// <summary>The cleaned columns as an Iceberg schema, all optional.</summary>
    public Iceberg.Spec.Schema Cleaned { get; private set; } = null!;

    /// <summary>Rows in the file.</summary>
    public long Read { get; private set; }

    /// <summary>Rows that are not good.</summary>
    public long Bad { get; private set; }

    /// <summary>How many rows broke each rule, by the rule's number.</summary>
    public IReadOnlyList<long> BrokenPerRule { get; private set; } = [];

    /// <summary>Reads a file and splits it.</summary>
    /// <exception cref="BatchRejectedException">It is not what the pipeline and its contract need.</exception>
    /// <exception cref="SqlException">It is not of its format, or the pipeline's SQL fails on it.</exception>
    public static async Task<SourceBatch> ReadAsync(ISqlEngine engine, AppliedPipeline applied, string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length == 0)
        {
            throw new BatchRejectedException($"'{path}' is empty: it has neither columns nor rows; write the file whole before its event is sent, and send it again");
        }

        var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.AddFileAsync(CleaningPlan.File, new SourceFile(path, FormatOf(path)), cancellationToken).ConfigureAwait(false);
            var columns = (await session.DescribeAsync($"SELECT * FROM {CleaningPlan.File}", cancellationToken).ConfigureAwait(false))
                .FieldsList.Where(f => f.Name != CleaningPlan.RowNumber).ToList();
            var plan = CleaningPlan.Build(applied.Pipeline, applied.Contract, columns, path, engine);
            var batch = new SourceBatch(session, applied, columns, plan);
            await batch.SplitAsync(cancellationToken).ConfigureAwait(false);
            return batch;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Data files of the good rows in a table's types, clustered by its partitions and sorted by its order.</summary>
    public Task<IReadOnlyList<DataFile>> WriteGoodRowsAsync(Table table, string filePrefix, CancellationToken cancellationToken)
    {
        var columns = Cleaned.Fields.Select(f => table.Metadata.CurrentSchema.Find(f.Name)!).Select(f => (f.Name, ColumnType.ToSql(f.Type))).ToList();
        return session.WriteAsync(table, CleaningPlan.GoodRows(columns, Partitioning.Clustering(table.Metadata)), filePrefix, cancellationToken);
    }

    /// <summary>The bad rows: the file's columns as text, then row number and breaches.</summary>
    public IAsyncEnumerable<RecordBatch> BadRowsAsync(CancellationToken cancellationToken) =>
        session.QueryAsync(CleaningPlan.QuarantinedRows(FileColumns), cancellationToken);

    public ValueTask DisposeAsync() => session.DisposeAsync();

    private async Task SplitAsync(CancellationToken cancellationToken)
    {
        var described = await session.DescribeAsync(Plan.CleanedRows, cancellationToken).ConfigureAwait(false);
        Cleaned = SchemaOf(described);
        Read = await CountAsync($"SELECT count(*) AS n FROM {CleaningPlan.File}", cancellationToken).ConfigureAwait(false);
        await session.MaterializeAsync(CleaningPlan.Cleaned, Plan.CleanedRows, cancellationToken).ConfigureAwait(false);
        Bad = await session.MaterializeAsync(CleaningPlan.Bad, Plan.Reasons, cancellationToken).ConfigureAwait(false);
        BrokenPerRule = await CountBreachesAsync(cancellationToken).ConfigureAwait(false);
    }

    private Iceberg.Spec.Schema SchemaOf(Apache.Arrow.Schema described)
    {
        var columns = described.FieldsList.Where(f => f.Name is not (CleaningPlan.RowNumber or CleaningPlan.Breaches)).ToList();
        var doubled = columns.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        if (doubled.Count > 0 || columns.Count != described.FieldsList.Count - 2)
        {
            var names = doubled.Count > 0 ? string.Join(", ", doubled) : $"{CleaningPlan.RowNumber} or {CleaningPlan.Breaches}";
            throw new BatchRejectedException($"the clean SELECT of pipeline '{applied.Pipeline.Name}' yields {names} more than once or under a reserved name; name each column once (AS \"name\")");
        }

        var schema = ArrowSchema.ToIceberg(new Apache.Arrow.Schema(columns.Select(f => new ArrowField(f.Name, f.DataType, nullable: true)), null));

        // Nanoseconds are of format version 3; the engine casts them.
        return schema with { Fields = [.. schema.Fields.Select(f => f with { Required = false, Type = WithoutNanoseconds(f.Type) })] };
    }

    private static IcebergType WithoutNanoseconds(IcebergType type) => type switch
    {
        PrimitiveType { Kind: PrimitiveKind.TimestampNs } => new PrimitiveType(PrimitiveKind.Timestamp),
        PrimitiveType { Kind: PrimitiveKind.TimestampTzNs } => new PrimitiveType(PrimitiveKind.TimestampTz),
        _ => type,
    };

    private async Task<IReadOnlyList<long>> CountBreachesAsync(CancellationToken cancellationToken)
    {
        var counts = new long[Plan.Rules.Rules.Count];
        await foreach (var batch in session.QueryAsync(CleaningPlan.BreachCounts, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var (breaches, rows) = (Texts.Of(batch.Column(0)), (Int64Array)batch.Column(1));
                for (var i = 0; i < batch.Length; i++)
                {
                    foreach (var rule in breaches(i)!.Split(',', StringSplitOptions.RemoveEmptyEntries))
                    {
                        counts[int.Parse(rule, CultureInfo.InvariantCulture)] += rows.GetValue(i)!.Value;
                    }
                }
            }
        }

        return counts;
    }

    private async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var batch in session.QueryAsync(sql, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                count += ((Int64Array)batch.Column(0)).GetValue(0)!.Value;
            }
        }

        return count;
    }

    private static SourceFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".parquet" or ".pq" => SourceFormat.Parquet,
        ".csv" => SourceFormat.Csv,
        ".json" or ".jsonl" or ".ndjson" => SourceFormat.Json,
        ".arrow" or ".arrows" or ".feather" or ".ipc" => SourceFormat.Arrow,
        var other => throw new BatchRejectedException($"'{path}' ends in '{other}', which names no format that is read; use .parquet, .csv, .json, .jsonl or .arrow"),
    };
}
