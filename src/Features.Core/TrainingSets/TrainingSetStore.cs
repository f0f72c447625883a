using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Apache.Arrow.Schema;

namespace Features.Core.TrainingSets;

/// <summary>The training sets of a catalog. Rows are read through the gate, at the snapshot of the manifest, and their order is checked as they come.</summary>
public sealed class TrainingSetStore(ICatalog catalog, IDataFileFormat format, ReadGate gate) : ITrainingSets
{
    /// <summary>The key of a field's role in its metadata (<see cref="TrainingColumn"/>).</summary>
    public const string RoleKey = "features.role";

    /// <summary>The key of a feature's <c>view:feature</c> in its field's metadata.</summary>
    public const string SourceKey = "features.source";

    private readonly ConcurrentDictionary<string, (TableMetadata Metadata, TrainingSetManifest? Manifest)> read = new(StringComparer.Ordinal);

    /// <summary>The code of the error of a set whose manifest or rows are not what they were.</summary>
    public const string BrokenCode = TrainingSetJson.Broken;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TrainingSetManifest>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await ListAllAsync(cancellationToken).ConfigureAwait(false)).Select(l => l.Manifest).OfType<TrainingSetManifest>()];

    /// <summary>All sets by name, those that are broken among them.</summary>
    public async Task<IReadOnlyList<TrainingSetListing>> ListAllAsync(CancellationToken cancellationToken)
    {
        var listings = new List<TrainingSetListing>();
        foreach (var identifier in await catalog.ListTablesAsync(TrainingSetBuilder.Namespace, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                if (await FindAsync(identifier.Name, cancellationToken).ConfigureAwait(false) is { } manifest)
                {
                    listings.Add(new TrainingSetListing(identifier.Name, manifest, null));
                }
            }
            catch (Exception fault) when (fault is TrainingSetException or IcebergException)
            {
                listings.Add(new TrainingSetListing(identifier.Name, null, fault.Message));
            }
        }

        return [.. listings.OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    /// <summary>One set.</summary>
    /// <exception cref="TrainingSetException">There is none of this name, or it is broken.</exception>
    public async Task<TrainingSetManifest> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } manifest)
        {
            return manifest;
        }

        var known = await ListAllAsync(cancellationToken).ConfigureAwait(false);
        throw new TrainingSetException("training-set-not-found", $"there is no training set '{name}'; {NearNames.Hint(name, [.. known.Select(k => k.Name)], "training sets")}");
    }

    /// <inheritdoc/>
    /// <exception cref="TrainingSetException">The set's table stands and its manifest or snapshot is broken.</exception>
    public async Task<TrainingSetManifest?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var identifier = new TableIdentifier(TrainingSetBuilder.Namespace, name);
        if (await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is not { } table)
        {
            return null;
        }

        // A catalog that remembers metadata gives the same object until the table is changed; a manifest takes long to parse.
        if (read.TryGetValue(name, out var known) && ReferenceEquals(known.Metadata, table.Metadata))
        {
            return known.Manifest;
        }

        var manifest = TrainingSetJson.Read(identifier.ToString(), table.Metadata);
        read[name] = (table.Metadata, manifest);
        return manifest;
    }

    /// <inheritdoc/>
    public Schema SchemaOf(TrainingSetManifest manifest)
    {
        var schema = ArrowSchema.From(TableSchemaOf(manifest));
        return new Schema(
            [
                .. schema.FieldsList.Zip(manifest.Columns, (field, column) => new Field(
                    field.Name,
                    field.DataType,
                    field.IsNullable,
                    new Dictionary<string, string>(column.Source is { } source ? [KeyValuePair.Create(RoleKey, column.Role), KeyValuePair.Create(SourceKey, source)] : [KeyValuePair.Create(RoleKey, column.Role)]))),
            ],
            null);
    }

    /// <inheritdoc/>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    /// <exception cref="TrainingSetException">Rows are missing or out of order.</exception>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(TrainingSetManifest manifest, string principal, string action, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var selection = ReadSelection.Current with { SnapshotId = manifest.SnapshotId, KeepsMetrics = true };
        var read = await gate.OpenAsync(new Reader(principal, action), TableIdentifier.TryParse(manifest.Table)!, selection, cancellationToken).ConfigureAwait(false);
        var schema = SchemaOf(manifest);
        var order = new RowSequence(manifest.Name, first: 0);
        foreach (var task in read.Plan.Tasks.OrderBy(t => TrainingSetParts.FirstRow(t, read.Plan.Projection)))
        {
            await foreach (var batch in format.ReadAsync(task, read.Plan.Projection, cancellationToken).ConfigureAwait(false))
            {
                order.Check((Int64Array)batch.Column(JoinedRows.RowColumn));
                yield return new RecordBatch(schema, Enumerable.Range(0, batch.ColumnCount).Select(batch.Column), batch.Length);
            }
        }

        if (order.Rows != manifest.Rows)
        {
            throw new TrainingSetException(TrainingSetJson.Broken, $"the training set '{manifest.Name}' has {order.Rows} rows and its manifest says {manifest.Rows}; create it again with replace");
        }
    }

    /// <summary>Reads a set's rows and hashes them again.</summary>
    /// <exception cref="TrainingSetException">There is no such set, or its rows are missing or out of order.</exception>
    public async Task<TrainingSetVerification> VerifyAsync(string name, string principal, CancellationToken cancellationToken)
    {
        var manifest = await GetAsync(name, cancellationToken).ConfigureAwait(false);
        using var digest = new RowDigest(SchemaOf(manifest));
        await foreach (var batch in ReadAsync(manifest, principal, "dataset", cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                digest.Append(batch);
            }
        }

        return new TrainingSetVerification(manifest.Digest, digest.Finish(), digest.Rows);
    }

    /// <summary>The schema of a set's table. Field ids are the table's: a training set's table is made in one go, so they count from 1.</summary>
    internal static Iceberg.Spec.Schema TableSchemaOf(TrainingSetManifest manifest) => new(
        0,
        [.. manifest.Columns.Select((c, i) => new NestedField(i + 1, c.Name, Cleaning.ColumnType.Parse(c.Type) ?? TypeOf(c), Required: c.Role == "row"))],
        []);

    private static PrimitiveType TypeOf(TrainingColumn column) =>
        column.Type.StartsWith("fixed[", StringComparison.Ordinal) && int.TryParse(column.Type["fixed[".Length..^1], out var length)
            ? new PrimitiveType(PrimitiveKind.Fixed, Length: length)
            : throw new TrainingSetException(TrainingSetJson.Broken, $"column '{column.Name}' is of the unknown type '{column.Type}'; create the set again with replace");
}
