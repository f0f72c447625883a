using System.Runtime.CompilerServices;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.MetadataTables;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>
    /// Runs one SELECT over tables written <c>namespace.name</c>, each pinned to its current snapshot for the whole query, and over their metadata tables, <c>namespace.name.snapshots</c>. The caller disposes the result.
    /// </summary>
    /// <exception cref="SqlException">It is not one SELECT, or it fails.</exception>
    public async Task<WorkspaceQuery> QueryAsync(string sql, CancellationToken cancellationToken = default)
    {
        var session = await Engine.OpenAsync(SqlTrust.User, cancellationToken);
        try
        {
            foreach (var relation in Engine.Analyze(sql).Relations.Distinct(StringComparer.Ordinal))
            {
                var identifier = TableIdentifier.TryParse(relation)
                    ?? throw new SqlException($"'{relation}' is not a table: write namespace.name ('features table list' shows them)", sql);
                if (await OpenMetadataAsync(identifier, cancellationToken) is { } metadata)
                {
                    await session.AddBatchesAsync(relation, ArrowSchema.From(metadata.Schema), metadata.ReadAsync(cancellationToken), cancellationToken);
                    continue;
                }

                var read = await Reads.OpenAsync(new Reader(Principal, "sql"), identifier, new ReadSelection { FilterOf = schema => Engine.PruningFilter(sql, relation, schema) }, cancellationToken);
                await session.AddTableAsync(relation, read.Plan, cancellationToken);
            }

            return new WorkspaceQuery(session, sql, await session.DescribeAsync(sql, cancellationToken));
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one SELECT as <see cref="QueryAsync(string, CancellationToken)"/> does and yields its rows, read as it goes.</summary>
    /// <typeparam name="T">
    /// A record whose parameters name columns (case and underscores do not count, other columns are left out), or the type of the only column's cells.
    /// Whole numbers are read as any numeric type, decimals and floats as <see langword="double"/> or <see langword="float"/>; everything else as the type that it has.
    /// </typeparam>
    /// <exception cref="SqlException">It is not one SELECT, or it fails.</exception>
    /// <exception cref="WorkspaceException">The columns do not fit, or a row has no value where one must be.</exception>
    public async IAsyncEnumerable<T> QueryAsync<T>(string sql, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var query = await QueryAsync(sql, cancellationToken);
        var mapping = RowMapping<T>.Over(query.Schema);
        await foreach (var batch in query.ReadAsync(cancellationToken))
        {
            using (batch)
            {
                foreach (var row in mapping.Read(batch))
                {
                    yield return row;
                }
            }
        }
    }

    /// <summary>The training set that the definitions in force declare under this name.</summary>
    /// <exception cref="WorkspaceException">There is none.</exception>
    public async Task<TrainingSet> DeclaredTrainingSetAsync(string name, CancellationToken cancellationToken = default)
    {
        var applied = await Registry.LoadAsync(cancellationToken);
        return applied.Find<TrainingSet>(name) ?? throw new WorkspaceException(
            "training-set-not-declared",
            $"no definition in force declares the training set '{name}' ({Known(applied.Definitions.OfType<TrainingSet>().Select(t => t.Name))}); run 'features apply', or give --from, --spine and --timestamp");
    }

    /// <summary>Joins a training set point-in-time over the definitions in force, pins and tags what it read, and stores it.</summary>
    /// <param name="declared">What it is made of.</param>
    /// <param name="replace">Make it anew if it stands with other contents; else that is an error.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task<TrainingSetResult> CreateTrainingSetAsync(TrainingSet declared, bool replace = false, CancellationToken cancellationToken = default) =>
        CreateTrainingSetAsync(declared, asOf: null, replace, cancellationToken);

    /// <summary>A training set's manifest.</summary>
    /// <exception cref="WorkspaceException">There is none of this name.</exception>
    public async Task<TrainingSetManifest> FindTrainingSetAsync(string name, CancellationToken cancellationToken = default) =>
        await TrainingSets.FindAsync(name, cancellationToken) ?? throw new WorkspaceException(
            "dataset-not-found",
            $"there is no training set '{name}' ({Known((await TrainingSets.ListAsync(cancellationToken)).Select(m => m.Name))}); make it with 'features dataset create {name}'");

    /// <summary>The metadata table that a name means; null for a table of the catalog, and for what is none.</summary>
    private async Task<MetadataTable?> OpenMetadataAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (!MetadataTable.Names.Contains(identifier.Name, StringComparer.OrdinalIgnoreCase)
            || TableIdentifier.TryParse(identifier.Namespace) is not { } described
            || await Catalog.TableExistsAsync(identifier, cancellationToken)
            || await Catalog.TryLoadTableAsync(described, cancellationToken) is not { } table)
        {
            return null;
        }

        return await Reads.OpenMetadataAsync(new Reader(Principal, "sql"), table, identifier.Name, ReadSelection.Current, cancellationToken);
    }

    private static string Known(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? $"there are: {list}" : "there is none yet";
}
