using System.Collections;
using System.Globalization;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Writing;

/// <summary>
/// Data files by COPY. The engine writes hidden files, beside the objects' place where the store lies on this machine, which then become the objects by a rename; for other stores in a temporary folder, from where
/// they are sent. Disposing removes what was not kept.
/// </summary>
internal sealed class CopiedFiles(EngineConnection connection, Table table, string filePrefix) : IAsyncDisposable
{
    private readonly Schema schema = table.Metadata.CurrentSchema;
    private readonly DataFileOptions options = DataFileOptions.Of(table.Metadata);
    private readonly CopiedMetrics metrics = new(table.Metadata.CurrentSchema, DataFileOptions.Of(table.Metadata));
    private readonly List<DataFile> completed = [];
    private bool isKept;

    /// <summary>The files written so far, which stay from now on.</summary>
    internal IReadOnlyList<DataFile> Keep()
    {
        isKept = true;
        return completed;
    }

    /// <summary>Writes a SELECT's rows, all of one partition, as files of about the target size; none for no rows.</summary>
    internal async Task CopyAsync(string select, IReadOnlyList<object?> partition, CancellationToken cancellationToken)
    {
        var (location, target) = await CreateAsync(partition, cancellationToken).ConfigureAwait(false);
        await using var first = target.ConfigureAwait(false);
        var path = await target.HandOverAsync(cancellationToken).ConfigureAwait(false);
        var folder = path is null ? Directory.CreateTempSubdirectory("features-copy-").FullName : Path.GetDirectoryName(path)!;
        // Named as what a killed process leaves behind is, so that no listing shows it.
        var name = $".{filePrefix}-{Guid.NewGuid():N}";
        try
        {
            var written = await connection.RunAsync(() => connection.Read(Statement(select, folder, name), r => new Written(r.GetString(0), r.GetInt64(1), (IDictionary)r.GetValue(4))), cancellationToken).ConfigureAwait(false);
            RefuseNulls(written);
            var files = written.Where(f => f.Rows > 0).ToList();
            for (var i = 0; i < files.Count; i++)
            {
                var (to, writer) = i == 0 ? (location, target) : await CreateAsync(partition, cancellationToken).ConfigureAwait(false);
                await using var completing = writer.ConfigureAwait(false);
                await PublishAsync(files[i], to, writer, i == 0 ? path : await writer.HandOverAsync(cancellationToken).ConfigureAwait(false), partition, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (EngineFault fault) when (fault.IsDiskFull && fault.Message.Contains(folder, StringComparison.Ordinal))
        {
            throw path is null
                ? new StorageException(folder, "the disk is full", "free space in the temporary folder, then repeat; nothing half-written was left", true, fault)
                : new StorageException(location, "the disk is full", "free space or move the warehouse, then repeat; nothing half-written was left", true, fault);
        }
        finally
        {
            if (path is null)
            {
                Directory.Delete(folder, recursive: true);
            }
            else
            {
                foreach (var left in Directory.EnumerateFiles(folder, $"{name}-*.partial"))
                {
                    File.Delete(left);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in isKept ? [] : completed)
        {
            try
            {
                await table.Storage.DeleteAsync(file.FilePath, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StorageException)
            {
                // What made the writing fail is what the caller must see; no snapshot names the file.
            }
        }
    }

    private async Task<(string Location, ObjectWriter Writer)> CreateAsync(IReadOnlyList<object?> partition, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{filePrefix}-{completed.Count:D5}-{Guid.NewGuid():N}.parquet");
        var location = string.Join('/', new[] { table.DataFolder, table.Metadata.DefaultSpec.ToPath(partition, schema), name }.Where(p => p.Length > 0));
        return (location, await table.Storage.CreateAsync(location, cancellationToken).ConfigureAwait(false));
    }

    private async Task PublishAsync(Written file, string location, ObjectWriter writer, string? path, IReadOnlyList<object?> partition, CancellationToken cancellationToken)
    {
        DataFile described;
        var source = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        await using (source.ConfigureAwait(false))
        {
            described = await ParquetDescription.ReadAsync(source, location, schema, options, cancellationToken).ConfigureAwait(false);
            if (path is null)
            {
                source.Position = 0;
                await source.CopyToAsync(writer.Stream, cancellationToken).ConfigureAwait(false);
            }
        }

        described = await connection.RunAsync(() => metrics.Complete(connection, file.Path, described, id => HasNoNan(file, id)), cancellationToken).ConfigureAwait(false);
        if (path is not null)
        {
            File.Move(file.Path, path, overwrite: true);
        }

        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        completed.Add(described with
        {
            SpecId = table.Metadata.DefaultSpecId,
            Partition = partition,
            SortOrderId = table.Metadata.DefaultSortOrderId,
        });
    }

    // The engine knows whether a column has NaNs, but not how many.
    private bool HasNoNan(Written file, int id) => schema.Fields.FirstOrDefault(f => f.Id == id) is { } column && file.Statistic(column.Name, "has_nan") == "false";

    private void RefuseNulls(IReadOnlyList<Written> written)
    {
        var faults = schema.Fields.Where(f => f.Required && written.Any(w => w.Rows > 0 && w.Statistic(f.Name, "null_count") != "0")).Select(f => $"'{f.Name}'").ToList();
        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"the rows do not fit table '{table.Name}': {string.Join(", ", faults)} must not be null; leave such rows out, or make the column optional");
        }
    }

    // The first version of Parquet's encodings: Iceberg's vectorized readers refuse those of the second.
    private string Statement(string select, string folder, string name) => string.Create(CultureInfo.InvariantCulture, $"""
        COPY ({select}) TO {SqlText.Literal(folder)} (FORMAT parquet, PARQUET_VERSION V1, COMPRESSION {options.Compression}{(options.CompressionLevel is { } level && options.Compression == "zstd" ? $", COMPRESSION_LEVEL {level}" : "")},
        FIELD_IDS {TableColumns.FieldIds(schema)}, FILE_SIZE_BYTES {PartitionedWriter.TargetFileSizeOf(table.Metadata)}, OVERWRITE_OR_IGNORE true,
        FILENAME_PATTERN {SqlText.Literal(name + "-{i}")}, FILE_EXTENSION 'partial', RETURN_STATS true)
        """);

    /// <summary>A file as COPY describes it.</summary>
    private sealed record Written(string Path, long Rows, IDictionary Columns)
    {
        internal string? Statistic(string column, string name) => (Columns[SqlText.Name(column)] as IDictionary)?[name] as string;
    }
}
