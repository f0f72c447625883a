using Features.Core.Definitions;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Iceberg;
using Features.Server.Workspaces;

namespace Features.Server.Serving;

/// <summary>The way of a put into its table: always a pipeline, so that no rule of the table is passed by.</summary>
/// <param name="Pipeline">The pipeline with its contract.</param>
/// <param name="Folder">Where what is put is staged, relative to the workspace.</param>
/// <param name="Taker">What takes the columns, for messages.</param>
internal sealed record PutRoute(AppliedPipeline Pipeline, string Folder, string Taker)
{
    public PutTarget Target => new(Pipeline.Pipeline.Target.Table, Pipeline.Pipeline.Name);

    /// <summary>The way of a request; null if its target is not there.</summary>
    /// <exception cref="PutException">Several pipelines fill the table.</exception>
    public static async Task<PutRoute?> FindAsync(Workspace workspace, PutRequest request, CancellationToken cancellationToken)
    {
        var definitions = await workspace.Registry.LoadAsync(cancellationToken);
        return request.Push is { } push
            ? definitions.Find<PushSource>(push) is { } source ? await OfPushAsync(workspace, source, cancellationToken) : null
            : TableIdentifier.TryParse(request.Table!) is { } table ? await OfTableAsync(workspace, definitions, table, cancellationToken) : null;
    }

    private static async Task<PutRoute?> OfPushAsync(Workspace workspace, PushSource source, CancellationToken cancellationToken) =>
        TableIdentifier.TryParse(source.Table) is { } name && await workspace.Catalog.TryLoadTableAsync(name, cancellationToken) is { } table
            ? new PutRoute(PushPipeline.Of(source, table.Metadata.CurrentSchema), $"{PushPipeline.Folder}/{source.Name}", $"push source '{source.Name}' (table '{source.Table}')")
            : null;

    private static async Task<PutRoute?> OfTableAsync(Workspace workspace, DefinitionSet definitions, TableIdentifier name, CancellationToken cancellationToken)
    {
        var declared = AppliedPipeline.Of(definitions).Where(p => p.Pipeline.Target.Table == name.ToString()).ToList();
        switch (declared)
        {
            case [var only]:
                return new PutRoute(only, $"{AppendPipeline.Folder}/{only.Pipeline.Name}", $"pipeline '{only.Pipeline.Name}' into table '{name}'");
            case []:
                return await workspace.Catalog.TryLoadTableAsync(name, cancellationToken) is { } table
                    ? new PutRoute(AppendPipeline.Of(name, table.Metadata.CurrentSchema), $"{AppendPipeline.Folder}/{name}", $"table '{name}'")
                    : null;
            default:
                var sources = definitions.Definitions.OfType<PushSource>().Where(s => s.Table == name.ToString()).Select(s => $"'{s.Name}'").ToList();
                throw new PutException(
                    PutFault.Unfit,
                    $"several pipelines fill the table '{name}' ({string.Join(", ", declared.Select(p => p.Pipeline.Name))}), and nothing says whose rules hold; "
                    + (sources.Count > 0 ? $"put to the push source {string.Join(" or ", sources)}" : "declare a push source of the table, and put to that"));
        }
    }
}
