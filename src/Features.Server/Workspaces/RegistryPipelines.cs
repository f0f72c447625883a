using Features.Core.Ingestion;
using Features.Core.Registry;

namespace Features.Server.Workspaces;

/// <summary>The pipelines of the definitions in force.</summary>
internal sealed class RegistryPipelines(IRegistry registry) : IPipelines
{
    public async ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken) =>
        AppliedPipeline.Of(await registry.LoadAsync(cancellationToken));
}
