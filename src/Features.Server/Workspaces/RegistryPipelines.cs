using Features.Core.Definitions;
using Features.Core.Ingestion;
using Features.Core.Registry;
using Features.Iceberg;
using Features.Iceberg.Catalogs;

namespace Features.Server.Workspaces;

/// <summary>The pipelines of the definitions in force, and those that push sources, and tables that rows were put into, have without being declared.</summary>
internal sealed class RegistryPipelines(IRegistry registry, ICatalog catalog, string root) : IPipelines
{
    public async ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken)
    {
        var definitions = await registry.LoadAsync(cancellationToken);
        var pipelines = AppliedPipeline.Of(definitions).ToList();
        foreach (var source in definitions.Definitions.OfType<PushSource>().Where(s => pipelines.All(p => p.Pipeline.Name != PushPipeline.NameOf(s.Name))))
        {
            // Without its table nothing can be pushed yet.
            if (TableIdentifier.TryParse(source.Table) is { } name && await catalog.TryLoadTableAsync(name, cancellationToken) is { } table)
            {
                pipelines.Add(PushPipeline.Of(source, table.Metadata.CurrentSchema));
            }
        }

        foreach (var name in AppendPipeline.Tables(root))
        {
            if (await catalog.TryLoadTableAsync(name, cancellationToken) is { } table)
            {
                pipelines.Add(AppendPipeline.Of(name, table.Metadata.CurrentSchema));
            }
        }

        return pipelines;
    }
}
