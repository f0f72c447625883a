using System.Security.Cryptography;
using Features.Core.Cleaning;
using Features.Core.Engine;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Core.TrainingSets;

/// <summary>Keeps a file that a training set is joined to as the table <c>spines.NAME_HASH</c>, a table for each content: what is read is then pinned and tagged as any source is, and the set can be made again when the file is gone.</summary>
public sealed class SpineTable(ICatalog catalog, ISqlEngine engine)
{
    /// <summary>The namespace of the tables.</summary>
    public const string Namespace = "spines";

    private const string FileRelation = "_spine_file";
    private const string RowNumber = "_row_no";
    private const string HashKey = "features.spine.sha256";

    /// <summary>Makes the table hold the file's rows; a file that it holds already changes nothing. Returns the table's name.</summary>
    /// <param name="set">The training set.</param>
    /// <param name="file">A Parquet or Arrow file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="SqlException">The file cannot be read.</exception>
    public async Task<string> KeepAsync(string set, SourceFile file, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(file.Path, cancellationToken).ConfigureAwait(false);
        var identifier = new TableIdentifier(Namespace, $"{set}_{hash[..12]}");
        var standing = await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        if (standing is not null && Holds(standing.Metadata, hash))
        {
            return identifier.ToString();
        }

        var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            await session.AddFileAsync(FileRelation, file, cancellationToken).ConfigureAwait(false);
            var columns = (await session.DescribeAsync($"SELECT * FROM {FileRelation}", cancellationToken).ConfigureAwait(false)).FieldsList.Where(f => f.Name != RowNumber).ToList();
            var sql = $"SELECT {string.Join(", ", columns.Select(Stored))} FROM {FileRelation}";
            var creation = new TableCreation(ArrowSchema.ToIceberg(await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false)), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>());
            var table = standing ?? await catalog.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
            var files = await session.WriteAsync(table, sql, "spine", cancellationToken).ConfigureAwait(false);
            // Another process may keep the same file.
            var commit = await table.NewTransaction(m => !Holds(m, hash)).Add(new AppendFiles(files)).Add(new SetProperties(new Dictionary<string, string?> { [HashKey] = hash })).CommitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var written in commit.Changed ? [] : files)
            {
                await catalog.Storage.DeleteAsync(written.FilePath, CancellationToken.None).ConfigureAwait(false);
            }

            return identifier.ToString();
        }
    }

    /// <summary>Columns as a table keeps them: integers of two widths, moments in microseconds.</summary>
    private static string Stored(Apache.Arrow.Field field) => field.DataType switch
    {
        Apache.Arrow.Types.Int8Type or Apache.Arrow.Types.Int16Type or Apache.Arrow.Types.UInt8Type or Apache.Arrow.Types.UInt16Type => $"CAST({Sql.Name(field.Name)} AS INTEGER) AS {Sql.Name(field.Name)}",
        Apache.Arrow.Types.UInt32Type => $"CAST({Sql.Name(field.Name)} AS BIGINT) AS {Sql.Name(field.Name)}",
        Apache.Arrow.Types.TimestampType { Unit: Apache.Arrow.Types.TimeUnit.Second or Apache.Arrow.Types.TimeUnit.Millisecond, Timezone: null or "" } => $"CAST({Sql.Name(field.Name)} AS TIMESTAMP) AS {Sql.Name(field.Name)}",
        _ => Sql.Name(field.Name),
    };

    /// <summary>Whether a table holds the file's rows. It says so itself, for the snapshot that brought them may be compacted and expire; a table of an earlier release says it in that snapshot alone.</summary>
    private static bool Holds(TableMetadata metadata, string hash) =>
        metadata.Properties.GetValueOrDefault(HashKey) == hash || metadata.Snapshots.Any(s => s.Summary.GetValueOrDefault(HashKey) == hash);

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }
}
