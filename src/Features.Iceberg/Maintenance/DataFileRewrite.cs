using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Maintenance;

/// <summary>
/// Writes data files again in a better form: small ones packed together and large ones cut, deleted rows left out, files of older partition specs moved to the current one, and rows sorted where an order is given. Files
/// are grouped by partition. The new files keep the sequence number of the snapshot that was read, so that equality deletes which others commit meanwhile still apply to them; position deletes that others commit to a file
/// meanwhile are a conflict. Delete files that then apply to nothing are removed.
/// </summary>
public sealed class DataFileRewrite(Table table, IDataFileFormat format)
{
    /// <summary>The branch whose files are rewritten; default <c>main</c>.</summary>
    public string Branch { get; init; } = SnapshotRef.Main;

    /// <summary>Only files that may hold rows of this filter, by partitions and metrics; their other rows are rewritten with them.</summary>
    public Filter Filter { get; init; } = Filter.True;

    /// <summary>The size that files are to have; default the table's <c>write.target-file-size-bytes</c>, or 512 MiB.</summary>
    public long TargetFileSizeBytes { get; init; } = PartitionedWriter.TargetFileSizeOf(table.Metadata);

    /// <summary>Smaller files are rewritten; null for 75 % of the target.</summary>
    public long? MinFileSizeBytes { get; init; }

    /// <summary>Larger files are rewritten; null for 180 % of the target.</summary>
    public long? MaxFileSizeBytes { get; init; }

    /// <summary>So many files of a partition are enough for a rewrite, though they come to less than the target; default 5.</summary>
    public int MinInputFiles { get; init; } = 5;

    /// <summary>The most bytes of data files that are rewritten as one group; default 100 GiB.</summary>
    public long MaxGroupBytes { get; init; } = 100L << 30;

    /// <summary>A file with so many delete files is rewritten whatever its size; null (the default) for no such number.</summary>
    public int? DeleteFileThreshold { get; init; }

    /// <summary>A file of whose rows so large a share is deleted, by delete files of its own, is rewritten whatever its size; default 0.3.</summary>
    public double DeleteRatioThreshold { get; init; } = 0.3;

    /// <summary>True rewrites every file; default false.</summary>
    public bool RewritesAll { get; init; }

    /// <summary>
    /// The order to sort rows in, within each group; null (the default) packs them as they come. Give the table's own (<see cref="TableMetadata.DefaultSortOrder"/>) or one of other columns. Files that are not marked with the
    /// table's order are then rewritten whatever their size.
    /// </summary>
    public SortOrder? SortOrder { get; init; }

    /// <summary>The most bytes of Arrow memory that are gathered to be sorted; default 128 MiB. More rows are sorted by way of temporary files in the table's data folder.</summary>
    public long MaxBufferedBytes { get; init; } = 128L << 20;

    /// <summary>How many groups to a commit; null (the default) commits all at once. Where a number is given, groups that meet a conflict are left as they were and the others are committed.</summary>
    public int? GroupsPerCommit { get; init; }

    /// <summary>Lists what would be rewritten; changes nothing.</summary>
    /// <exception cref="InvalidTableArgumentException">The sizes contradict each other, or the branch is a tag.</exception>
    public async Task<DataFileRewritePlan> PlanAsync(CancellationToken cancellationToken = default)
    {
        var rules = Rules();
        if (BranchState.Latest(table.Metadata, Branch, table.Name) is not { } snapshot)
        {
            return new DataFileRewritePlan(table, null, [], []);
        }

        var scan = table.NewScan() with { SnapshotId = snapshot.SnapshotId, SchemaId = table.Metadata.CurrentSchemaId };
        var all = (await scan.PlanAsync(cancellationToken).ConfigureAwait(false)).Tasks;
        var chosen = Filter is Filter.All ? all : (await (scan with { Filter = Filter }).PlanAsync(cancellationToken).ConfigureAwait(false)).Tasks;
        var groups = rules.Group(chosen.Select(t => t with { Residual = Filter.True }));
        var dataFilesOf = all.SelectMany(t => t.Deletes.Select(d => (Delete: d.File.FilePath, Data: t.File.FilePath)))
            .GroupBy(p => p.Delete)
            .ToDictionary(g => g.Key, g => (IReadOnlySet<string>)g.Select(p => p.Data).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var rewritten = groups.SelectMany(g => g.Files).Select(f => f.FilePath).ToHashSet(StringComparer.Ordinal);
        var deletes = new List<DataFile>();
        await foreach (var file in SnapshotFiles.ReadAsync(table, snapshot, cancellationToken).ConfigureAwait(false))
        {
            if (file.Content != FileContent.Data && (!dataFilesOf.TryGetValue(file.FilePath, out var dataFiles) || dataFiles.IsSubsetOf(rewritten)))
            {
                deletes.Add(file);
            }
        }

        return new DataFileRewritePlan(table, snapshot, groups, deletes) { DataFilesOf = dataFilesOf };
    }

    /// <summary>Carries a plan out. What was written and could not be committed is removed; broken off, it can be planned again, and what is done is done.</summary>
    /// <exception cref="CommitConflictException">Others removed a file meanwhile, or deleted rows of it by position.</exception>
    /// <exception cref="UnsupportedFeatureException">The table is of a format version that is not written.</exception>
    public Task<DataFileRewriteResult> ExecuteAsync(DataFileRewritePlan plan, IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        MaintainedTable.RefuseOther(table, plan.Table);
        var operation = new RowOperation(plan.Table, format, Branch);
        return operation.RunAsync(() => ExecuteAsync(operation, plan, progress, cancellationToken));
    }

    private async Task<DataFileRewriteResult> ExecuteAsync(RowOperation operation, DataFileRewritePlan plan, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        var result = new DataFileRewriteResult(new CommitResult(plan.Table, Changed: false), 0, 0, 0, 0, 0, []);
        var (done, conflicts, rewritten) = (0, new List<CommitConflictException>(), new HashSet<string>(StringComparer.Ordinal));
        var deletes = plan.Deletes.ToList();
        foreach (var groups in plan.Groups.Count > 0 ? plan.Groups.Chunk(GroupsPerCommit ?? int.MaxValue) : deletes.Count > 0 ? [[]] : Enumerable.Empty<FileGroup[]>())
        {
            var added = new List<DataFile>();
            try
            {
                foreach (var group in groups)
                {
                    added.AddRange(await RewriteAsync(operation, group, cancellationToken).ConfigureAwait(false));
                    progress?.Report(new MaintenanceProgress("rewriting groups of data files", ++done, plan.Groups.Count));
                }

                DataFile[] removed = [.. groups.SelectMany(g => g.Files)];
                var gone = rewritten.Concat(removed.Select(f => f.FilePath)).ToHashSet(StringComparer.Ordinal);
                DataFile[] spent = [.. deletes.Where(d => !plan.DataFilesOf.TryGetValue(d.FilePath, out var of) || of.IsSubsetOf(gone))];
                var commit = await operation.CommitAsync(
                    new RewriteFiles
                    {
                        Removed = removed,
                        Added = added,
                        RemovedDeletes = spent,
                        FromSnapshotId = plan.Snapshot!.SnapshotId,
                        DataSequenceNumber = plan.Snapshot.SequenceNumber,
                        Branch = Branch,
                    },
                    cancellationToken).ConfigureAwait(false);
                operation.Keep(added);
                rewritten = gone;
                deletes.RemoveAll(spent.Contains);
                result = new DataFileRewriteResult(
                    commit,
                    result.FilesRemoved + removed.Length,
                    result.FilesAdded + added.Count,
                    result.BytesRemoved + removed.Sum(f => f.FileSizeInBytes),
                    result.BytesAdded + added.Sum(f => f.FileSizeInBytes),
                    result.DeleteFilesRemoved + spent.Length,
                    []);
            }
            catch (CommitConflictException conflict) when (GroupsPerCommit is not null)
            {
                conflicts.Add(conflict);
                await operation.DropAsync(added).ConfigureAwait(false);
            }
        }

        return result with { Conflicts = conflicts };
    }

    private Task<IReadOnlyList<DataFile>> RewriteAsync(RowOperation operation, FileGroup group, CancellationToken cancellationToken)
    {
        var rules = Rules();
        var files = Math.Max(1, (group.Bytes + group.OutputFileBytes - 1) / group.OutputFileBytes);
        var writer = new PartitionedWriter(operation.Table, format)
        {
            SortOrder = SortOrder ?? SortOrder.Unsorted,
            // The size on disk is known from the files that are read, better than a first guess from Arrow's bytes.
            TargetFileRows = Math.Max(1, (group.Rows + files - 1) / files),
            TargetFileSizeBytes = rules.MaxBytes,
            MaxBufferedBytes = MaxBufferedBytes,
        };
        var rows = RowsAsync(operation, group, cancellationToken);
        return operation.WriteAsync(writer, OrderOf(operation, group) is { } order ? new ExternalSort(operation.Table, format, order, MaxBufferedBytes).SortAsync(rows, cancellationToken) : rows, cancellationToken);
    }

    /// <summary>By partition where the group's rows are of several, then as they are to be sorted; null where they may stay as they are.</summary>
    private RowOrder? OrderOf(RowOperation operation, FileGroup group)
    {
        var metadata = operation.Table.Metadata;
        IEnumerable<SortField> partition = group.Partition is not null ? []
            : metadata.DefaultSpec.Fields.Where(f => f.Transform.Kind != TransformKind.Void).Select(f => new SortField(f.SourceId, f.Transform, Descending: false, NullsFirst: true));
        var order = RowOrder.Of(new SortOrder(0, [.. partition, .. SortOrder?.Fields ?? []]), metadata.CurrentSchema);
        return order.IsUnsorted ? null : order;
    }

    private static async IAsyncEnumerable<RecordBatch> RowsAsync(RowOperation operation, FileGroup group, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Schema columns = operation.Table.Metadata.CurrentSchema;
        foreach (var task in group.Tasks)
        {
            await foreach (var batch in operation.Reader.ReadAsync(task, columns, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    private RewriteRules Rules()
    {
        var rules = new RewriteRules
        {
            TargetBytes = TargetFileSizeBytes,
            MinBytes = MinFileSizeBytes ?? (long)(TargetFileSizeBytes * 0.75),
            MaxBytes = MaxFileSizeBytes ?? (long)(TargetFileSizeBytes * 1.8),
            MinInputFiles = MinInputFiles,
            MaxGroupBytes = MaxGroupBytes,
            DeleteFileThreshold = DeleteFileThreshold,
            DeleteRatioThreshold = DeleteRatioThreshold,
            All = RewritesAll,
            Order = SortOrder,
            SpecId = table.Metadata.DefaultSpecId,
        };
        string[] faults =
        [
            .. rules.TargetBytes < 1 ? ["the target size is below 1 byte"] : System.Array.Empty<string>(),
            .. rules.MinBytes > rules.TargetBytes ? ["the smallest size is above the target"] : System.Array.Empty<string>(),
            .. rules.MaxBytes < rules.TargetBytes ? ["the largest size is below the target"] : System.Array.Empty<string>(),
            .. MinInputFiles < 1 ? ["fewer than 1 input file makes no group"] : System.Array.Empty<string>(),
            .. DeleteFileThreshold < 1 ? ["every file has at least 0 delete files"] : System.Array.Empty<string>(),
            .. GroupsPerCommit < 1 ? ["a commit needs at least 1 group"] : System.Array.Empty<string>(),
        ];
        return faults.Length == 0 ? rules : throw new InvalidTableArgumentException($"table '{table.Name}' cannot be rewritten so: {string.Join("; ", faults)}");
    }
}
