using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Maintenance;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.FaultHost;

/// <summary>A row of the table that all writers change.</summary>
public sealed record WriterRow(long Id, int Part, long Value);

/// <summary>One operation of a writer: what it does to a table, and, in the plainest code, to a list of rows.</summary>
/// <param name="Tag">Names it, in the summary of its snapshot too.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Rows">The rows that it brings.</param>
/// <param name="From">The first id that it deletes or overwrites.</param>
/// <param name="To">The id behind the last.</param>
public sealed record WriterOperation(string Tag, WriterOperationKind Kind, IReadOnlyList<WriterRow> Rows, long From, long To)
{
    /// <summary>The entry of a snapshot's summary that names its operation.</summary>
    public const string TagKey = "operation-of-writer";

    private const int Parts = 3, RowsOfAnOperation = 4, SharedIds = 8;

    private static readonly WriterOperationKind[] Kinds = Enum.GetValues<WriterOperationKind>();

    /// <summary>The table's columns.</summary>
    public static Spec.Schema Columns { get; } = new(
        0, [new(1, "id", new PrimitiveType(PrimitiveKind.Long), true), new(2, "part", new PrimitiveType(PrimitiveKind.Int), true), new(3, "value", new PrimitiveType(PrimitiveKind.Long), false)], []);

    /// <summary>True if it brings about a snapshot of its own that bears its tag.</summary>
    public bool IsTagged => Kind is not (WriterOperationKind.Compact or WriterOperationKind.Evolve or WriterOperationKind.Expire);

    /// <summary>The column that it adds, if it changes the schema.</summary>
    public string Column => $"added_{Tag.Replace('-', '_')}";

    /// <summary>The operation with this number of a writer. Ids of several writers lie among each other, and some are shared.</summary>
    public static WriterOperation Of(int seed, int writer, int number)
    {
        // Three steps at a time lead through all kinds.
        var kind = Kinds[(seed + (writer * 2) + (number * 3)) % Kinds.Length];
        var random = new Random((seed * 1000) + (writer * 100) + number);
        var rows = Enumerable.Range(0, RowsOfAnOperation).Select(i => new WriterRow(
            kind == WriterOperationKind.Upsert ? -1 - ((random.Next(2) + (2 * i)) % SharedIds) : (number * 1000) + (writer * 10) + i,
            kind == WriterOperationKind.OverwritePartitions ? number % Parts : random.Next(Parts),
            (writer * 100) + number)).ToList();
        var from = random.Next(2) == 0 ? -SharedIds + random.Next(SharedIds) : (random.Next(number + 1) * 1000) + random.Next(30);
        return new WriterOperation(string.Create(CultureInfo.InvariantCulture, $"{writer}-{number}"), kind, rows, from, from + random.Next(3, 40));
    }

    /// <summary>What becomes of the table's rows.</summary>
    public IEnumerable<WriterRow> Apply(IEnumerable<WriterRow> rows) => Kind switch
    {
        WriterOperationKind.Append or WriterOperationKind.MergingAppend => rows.Concat(Rows),
        WriterOperationKind.Delete or WriterOperationKind.DeleteByPosition => rows.Where(r => r.Id < From || r.Id >= To),
        WriterOperationKind.Overwrite => rows.Where(r => r.Id < From || r.Id >= To).Concat(Rows),
        WriterOperationKind.OverwritePartitions => rows.Where(r => Rows.All(o => o.Part != r.Part)).Concat(Rows),
        WriterOperationKind.Upsert => rows.Where(r => Rows.All(o => o.Id != r.Id)).Concat(Rows),
        _ => rows,
    };

    /// <summary>Carries it out; true if the table changed.</summary>
    public async Task<bool> RunAsync(Table table, CancellationToken cancellationToken)
    {
        var format = new ParquetNetFormat(table.Storage);
        var summary = new Dictionary<string, string> { [TagKey] = Tag };
        var rows = new RowChanges.TableRows(table, format) { Summary = summary };
        var range = Filter.Compare("id", Comparison.GreaterOrEqual, From).And(Filter.Compare("id", Comparison.Less, To));
        switch (Kind)
        {
            case WriterOperationKind.Append:
                var files = await new PartitionedWriter(table, format).WriteAsync(Batches(), Tag, cancellationToken);
                return (await table.NewTransaction().Add(new AppendFiles(files, summary)).CommitAsync(cancellationToken)).Changed;
            case WriterOperationKind.MergingAppend:
                return (await rows.AppendAsync(Batches(), cancellationToken)).Commit.Changed;
            case WriterOperationKind.Delete:
                return (await rows.DeleteAsync(range, cancellationToken)).Commit.Changed;
            case WriterOperationKind.DeleteByPosition:
                return (await new RowChanges.TableRows(MergingOnRead(table), format) { Summary = summary }.DeleteAsync(range, cancellationToken)).Commit.Changed;
            case WriterOperationKind.Overwrite:
                return (await rows.OverwriteAsync(Batches(), range, cancellationToken)).Commit.Changed;
            case WriterOperationKind.OverwritePartitions:
                return (await rows.OverwritePartitionsAsync(Batches(), cancellationToken)).Commit.Changed;
            case WriterOperationKind.Upsert:
                return (await rows.UpsertAsync(Batches(), ["id"], cancellationToken)).Commit.Changed;
            case WriterOperationKind.Compact:
                var rewrite = new DataFileRewrite(table, format) { MinInputFiles = 2 };
                return (await rewrite.ExecuteAsync(await rewrite.PlanAsync(cancellationToken), null, cancellationToken)).Commit.Changed;
            case WriterOperationKind.Evolve:
                return (await table.NewTransaction().Add(new UpdateSchema().AddColumn(Column, new PrimitiveType(PrimitiveKind.Int))).CommitAsync(cancellationToken)).Changed;
            default:
                var expiry = new SnapshotExpiry(table) { OlderThan = table.Catalog!.Clock.GetUtcNow(), RetainLast = 4 };
                return (await expiry.ExecuteAsync(await expiry.PlanAsync(null, cancellationToken), null, cancellationToken)).Commit.Changed;
        }
    }

    private static Table MergingOnRead(Table table) => new(
        table.Name,
        table.Identifier,
        table.Metadata with { Properties = new Dictionary<string, string>(table.Metadata.Properties) { ["write.delete.mode"] = "merge-on-read" } },
        table.MetadataLocation,
        table.Storage,
        table.Catalog);

    private async IAsyncEnumerable<RecordBatch> Batches()
    {
        await Task.CompletedTask;
        yield return new RecordBatch.Builder()
            .Append("id", nullable: false, new Int64Array.Builder().AppendRange(Rows.Select(r => r.Id)).Build())
            .Append("part", nullable: false, new Int32Array.Builder().AppendRange(Rows.Select(r => r.Part)).Build())
            .Append("value", nullable: true, new Int64Array.Builder().AppendRange(Rows.Select(r => r.Value)).Build())
            .Build();
    }
}
