using Features.Core.Definitions;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.Core.Sources;

/// <summary>
/// Makes folders of Parquet files readable as tables: <c>sources.NAME</c> lists a folder's files where they lie, matched by column names, and each state of the folder that was seen is a snapshot. So reads are pinned, and
/// all that reads tables reads folders. The files stay the user's: nothing here or in maintenance (<c>gc.enabled</c> is false) removes one. A snapshot whose files were changed since cannot be read any more, and says so.
/// </summary>
/// <param name="catalog">Holds the tables; its store reaches the folders.</param>
/// <param name="format">Reads columns of nanoseconds, to see that nothing is lost.</param>
/// <param name="locate">The absolute location of what a source calls its folder.</param>
public sealed class FolderSources(ICatalog catalog, IDataFileFormat format, Func<string, string> locate)
{
    /// <summary>The table property that names the listing of the current snapshot: a JSON list of path, length, modified_at.</summary>
    public const string ListingProperty = "features.source.listing";

    private const string SourceProperty = "features.source.folder";
    private const int MaxAttempts = 5;

    /// <summary>True if a table lists a folder's files, which others change and remove: only its newest snapshot can be relied on to be readable.</summary>
    internal static bool IsFolder(TableMetadata metadata) => metadata.Properties.ContainsKey(SourceProperty);

    /// <summary>The columns that the folder's files have now; nothing is written. New files alone are opened.</summary>
    /// <exception cref="SourceException">There are no files, or they do not go together.</exception>
    public async Task<Schema> SchemaAsync(FeatureSource source, CancellationToken cancellationToken)
    {
        var table = await catalog.TryLoadTableAsync(IdentifierOf(source), cancellationToken).ConfigureAwait(false);
        var known = table is null ? null : await KnownAsync(table, source, cancellationToken).ConfigureAwait(false);
        var files = await ListAsync(source, table is not null, cancellationToken).ConfigureAwait(false);
        var schema = table?.Metadata.CurrentSchema;
        foreach (var file in files.Except(known ?? []))
        {
            var columns = FolderSchema.OfFile((await ColumnsAsync(file, cancellationToken).ConfigureAwait(false)).Schema);
            schema = schema is null ? columns : FolderSchema.Merge(schema, columns, file.Path);
        }

        return schema!;
    }

    /// <summary>Takes up what was added to, changed in and removed from the folder since the last time, as one snapshot; none if nothing was. Safe for several processes.</summary>
    /// <exception cref="SourceException">There are no files, or they do not go together; nothing was changed.</exception>
    public async Task<FolderState> SyncAsync(FeatureSource source, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await TrySyncAsync(source, cancellationToken).ConfigureAwait(false) is { } state)
            {
                return state;
            }

            if (attempt == MaxAttempts)
            {
                throw new SourceException("source-busy", $"the source '{source.Name}' was taken up by others {MaxAttempts} times in between; repeat when they are done");
            }
        }
    }

    /// <summary>One attempt; null if another took the folder up in between.</summary>
    private async Task<FolderState?> TrySyncAsync(FeatureSource source, CancellationToken cancellationToken)
    {
        var table = await catalog.TryLoadTableAsync(IdentifierOf(source), cancellationToken).ConfigureAwait(false);
        if ((table is null ? [] : await KnownAsync(table, source, cancellationToken).ConfigureAwait(false)) is not { } known)
        {
            return null;
        }

        var files = await ListAsync(source, table is not null, cancellationToken).ConfigureAwait(false);
        var (added, removed) = (files.Except(known).ToList(), known.Except(files).ToList());
        if (table is not null && table.Metadata.Properties.ContainsKey(ListingProperty) && added.Count + removed.Count == 0)
        {
            return new FolderState(table, 0, 0);
        }

        var schema = table?.Metadata.CurrentSchema;
        var columns = new List<ParquetColumns>();
        foreach (var file in added)
        {
            columns.Add(await ColumnsAsync(file, cancellationToken).ConfigureAwait(false));
            schema = schema is null ? FolderSchema.OfFile(columns[^1].Schema) : FolderSchema.Merge(schema, FolderSchema.OfFile(columns[^1].Schema), file.Path);
        }

        table ??= await TryCreateAsync(source, schema!, cancellationToken).ConfigureAwait(false);
        if (table is null)
        {
            return null;
        }

        var before = table.Metadata.Properties.GetValueOrDefault(ListingProperty);
        if (FolderSchema.Evolution(table.Metadata.CurrentSchema, schema!) is { } evolution)
        {
            table = (await table.NewTransaction(m => IsStill(m, before)).Add(evolution).CommitAsync(cancellationToken).ConfigureAwait(false)).Table;
        }

        var mapping = table.Metadata.Properties.GetValueOrDefault(FolderMapping.Property) ?? FolderMapping.Of(table.Metadata.CurrentSchema);
        var described = new List<DataFile>();
        foreach (var (file, own) in added.Zip(columns))
        {
            described.Add(await DescribeAsync(table, file, own, mapping, cancellationToken).ConfigureAwait(false));
        }

        return await CommitAsync(table, files, described, removed, before, mapping, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<FolderState?> CommitAsync(
        Table table, IReadOnlyList<FolderFile> files, List<DataFile> added, List<FolderFile> removed, string? before, string mapping, CancellationToken cancellationToken)
    {
        var listing = Location.Combine(Location.Combine(table.Metadata.Location, "metadata"), $"source-files-{Guid.NewGuid():N}.json");
        await FolderListing.SaveAsync(table.Storage, listing, files, cancellationToken).ConfigureAwait(false);
        var isKept = false;
        try
        {
            var gone = removed.Select(f => f.Path).ToHashSet();
            var stale = new List<DataFile>();
            await foreach (var file in SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, cancellationToken).ConfigureAwait(false))
            {
                if (gone.Contains(file.FilePath))
                {
                    stale.Add(file);
                }
            }

            // One snapshot: a file that was changed in place is gone and come at once, and whoever compares snapshots sees that rows were not only added.
            var transaction = table.NewTransaction(m => IsStill(m, before));
            if (stale.Count + added.Count > 0)
            {
                transaction.Add(new OverwriteFiles { Removed = stale, Added = added });
            }

            transaction.Add(new SetProperties(new Dictionary<string, string?> { [ListingProperty] = listing, [FolderMapping.Property] = mapping }));
            var result = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            isKept = result.Table.Metadata.Properties.GetValueOrDefault(ListingProperty) == listing;
            if (!isKept)
            {
                return null;
            }

            if (before is not null)
            {
                await table.Storage.DeleteAsync(before, CancellationToken.None).ConfigureAwait(false);
            }

            return new FolderState(result.Table, added.Count, removed.Count);
        }
        catch (CommitStateUnknownException)
        {
            isKept = true;
            throw;
        }
        finally
        {
            if (!isKept)
            {
                await table.Storage.DeleteAsync(listing, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The new table; null if another made it in between, and may have filled it already.</summary>
    private async Task<Table?> TryCreateAsync(FeatureSource source, Schema schema, CancellationToken cancellationToken)
    {
        var properties = new Dictionary<string, string> { ["gc.enabled"] = "false", [SourceProperty] = source.Parquet! };
        try
        {
            return await catalog.CreateTableAsync(IdentifierOf(source), new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, properties), cancellationToken).ConfigureAwait(false);
        }
        catch (AlreadyExistsException)
        {
            return null;
        }
    }

    private async Task<DataFile> DescribeAsync(Table table, FolderFile file, ParquetColumns columns, string mapping, CancellationToken cancellationToken)
    {
        if (columns.HasFieldIds && columns.Schema.Fields.Any(f => table.Metadata.CurrentSchema.Fields.First(t => t.Name == f.Name).Id != f.Id))
        {
            throw new SourceException("source-field-ids", $"the columns of '{file.Path}' have field ids, and others than the table '{table.Name}' gives them; name the Iceberg table that it belongs to, or write it without ids");
        }

        var stream = await table.Storage.OpenReadAsync(file.Path, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var described = await ParquetDescription.ReadAsync(stream, file.Path, table.Metadata.CurrentSchema, DataFileOptions.Of(table.Metadata), mapping, cancellationToken).ConfigureAwait(false);
            await WholeMicroseconds.CheckAsync(format, described, columns.Schema, cancellationToken).ConfigureAwait(false);
            return described.FileSizeInBytes == file.Length
                ? described
                : throw new SourceException("source-busy", $"'{file.Path}' was changed while it was taken up; repeat when its writer is done");
        }
    }

    private async Task<ParquetColumns> ColumnsAsync(FolderFile file, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await catalog.Storage.OpenReadAsync(file.Path, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                return await ParquetDescription.ReadColumnsAsync(stream, file.Path, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IcebergException fault)
        {
            throw new SourceException("source-file", $"'{file.Path}' cannot be read: {fault.Message}; remove it from the folder, or write it anew", fault);
        }
    }

    private async Task<IReadOnlyList<FolderFile>> ListAsync(FeatureSource source, bool mayBeEmpty, CancellationToken cancellationToken)
    {
        var folder = source.Parquet ?? throw new SourceException("source-no-folder", $"the source '{source.Name}' is the table '{source.Table}', not a folder; read the table");
        IReadOnlyList<FolderFile> files;
        try
        {
            files = await FolderListing.ReadAsync(catalog.Storage, locate(folder), cancellationToken).ConfigureAwait(false);
        }
        catch (IcebergException fault)
        {
            throw new SourceException("source-folder", $"the folder '{folder}' of source '{source.Name}' cannot be listed: {fault.Message}", fault);
        }

        return files.Count > 0 || mayBeEmpty
            ? files
            : throw new SourceException("source-empty", $"there are no Parquet files in '{folder}' ({locate(folder)}), the folder of source '{source.Name}'; put one there, or correct the path");
    }

    /// <summary>The files of the current snapshot as they were listed; null if another took the folder up since the table was loaded.</summary>
    private static async Task<IReadOnlyList<FolderFile>?> KnownAsync(Table table, FeatureSource source, CancellationToken cancellationToken)
    {
        if (!table.Metadata.Properties.ContainsKey(SourceProperty))
        {
            throw new SourceException("source-name-taken", $"the table '{IdentifierOf(source)}' stands and is no folder's; rename the source '{source.Name}', or the table");
        }

        try
        {
            return table.Metadata.Properties.GetValueOrDefault(ListingProperty) is { } listing ? await FolderListing.LoadAsync(table.Storage, listing, cancellationToken).ConfigureAwait(false) : [];
        }
        catch (NotFoundException)
        {
            // Whoever took the folder up in between removed it.
            return null;
        }
    }

    private static bool IsStill(TableMetadata metadata, string? listing) => metadata.Properties.GetValueOrDefault(ListingProperty) == listing;

    private static TableIdentifier IdentifierOf(FeatureSource source) => new(FeatureSource.Namespace, source.Name);
}
