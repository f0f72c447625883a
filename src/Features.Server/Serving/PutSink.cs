using Apache.Arrow;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Server.Workspaces;

namespace Features.Server.Serving;

/// <summary>Puts into a workspace's tables and push sources, through its inbox.</summary>
internal sealed class PutSink(Workspace workspace) : IFlightSink
{
    public async ValueTask<PutTarget?> FindAsync(PutRequest request, CancellationToken cancellationToken) =>
        (await PutRoute.FindAsync(workspace, request, cancellationToken))?.Target;

    public async ValueTask<IFlightPut> OpenAsync(PutTarget target, PutRequest request, Schema schema, CancellationToken cancellationToken)
    {
        var route = await PutRoute.FindAsync(workspace, request, cancellationToken);
        if (route is null || route.Target != target)
        {
            throw new PutException(PutFault.Waiting, $"the definitions of '{target.Table}' were changed while the put began; put it again");
        }

        PutColumns.Check(schema, route);
        return await StagedPut.OpenAsync(workspace, route, request.Id ?? Guid.CreateVersion7(workspace.Clock.GetUtcNow()).ToString(), schema, cancellationToken);
    }
}
