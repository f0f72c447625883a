using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Transactions;

/// <summary>A table of data files A and B in partition 0 and C in partition 1, and what two writers may do to it.</summary>
internal sealed record ThreeFiles(FileModel Files, Table Table, DataFile A, DataFile B, DataFile C)
{
    /// <summary>All kinds of <see cref="Theirs"/>, in the order of the outcome tables.</summary>
    public static IReadOnlyList<string> Rivals { get; } =
        ["append to 0", "append to 1", "overwrite A", "overwrite k = 0", "replace 0", "delete A", "delete C", "positions of A", "positions of B", "equality in 0", "rewrite A and B"];

    /// <summary>All kinds of <see cref="Ours"/>.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["append", "merging append", "overwrite A", "overwrite k = 0", "replace 0", "delete A", "delete k = 0", "delta delete", "delta update", "rewrite", "rewrite keeping the sequence number"];

    public long Read => Table.Metadata.CurrentSnapshotId!.Value;

    public static async Task<ThreeFiles> CreateAsync(Warehouse warehouse, string name, params (string, string)[] properties)
    {
        var files = new FileModel(warehouse);
        var (a, b, c) = (files.Data(0), files.Data(0), files.Data(1));
        var table = await files.CreateAsync(name, properties: properties);
        return new(files, (await FileModel.CommitAsync(table, new AppendFiles([a, b, c]))).Table, a, b, c);
    }

    /// <summary>What a rival commits meanwhile, with no check of its own.</summary>
    public IAction Theirs(string kind) => kind switch
    {
        "append to 0" => new AppendFiles([Files.Data(0)]),
        "append to 1" => new AppendFiles([Files.Data(1)]),
        "overwrite A" => new OverwriteFiles { Removed = [A], Added = [Files.Data(0)] },
        "overwrite k = 0" => new OverwriteFiles { RowFilter = Zero, Added = [Files.Data(0)] },
        "replace 0" => new ReplacePartitions([Files.Data(0)]),
        "delete A" => new DeleteFiles([A]),
        "delete C" => new DeleteFiles([C]),
        "positions of A" => new RowDelta { Deletes = [Files.Positions(0, A)] },
        "positions of B" => new RowDelta { Deletes = [Files.Positions(0, B)] },
        "equality in 0" => new RowDelta { Deletes = [Files.Equalities(0)] },
        _ => new RewriteFiles { Removed = [A, B], Added = [Files.Data(0)], FromSnapshotId = Read },
    };

    /// <summary>What we commit after, having read the table before.</summary>
    public SnapshotAction Ours(string kind, IsolationLevel isolation)
    {
        var check = new ConflictCheck(Read, isolation, Zero);
        return kind switch
        {
            "append" => new AppendFiles([Files.Data(0)]),
            "merging append" => new AppendFiles([Files.Data(0)]) { MergesManifests = true },
            "overwrite A" => new OverwriteFiles { Removed = [A], Added = [Files.Data(0)], Check = check },
            "overwrite k = 0" => new OverwriteFiles { RowFilter = Zero, Added = [Files.Data(0)], Check = check },
            "replace 0" => new ReplacePartitions([Files.Data(0)]) { Check = check },
            "delete A" => new DeleteFiles([A.FilePath]),
            "delete k = 0" => new DeleteFiles(Zero),
            "delta delete" => new RowDelta { Deletes = [Files.Positions(0, A)], ReferencedDataFiles = [A.FilePath], Check = check },
            "delta update" => new RowDelta { Added = [Files.Data(0)], Deletes = [Files.Positions(0, A)], ReferencedDataFiles = [A.FilePath], Check = check },
            "rewrite" => new RewriteFiles { Removed = [A, B], Added = [Files.Data(0)], FromSnapshotId = Read },
            _ => new RewriteFiles { Removed = [A, B], Added = [Files.Data(0)], FromSnapshotId = Read, DataSequenceNumber = Table.Metadata.LastSequenceNumber },
        };
    }

    private static Filter Zero => Filter.Compare("k", Comparison.Equal, 0);
}
