using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Flight.Serving;
using Features.Iceberg;

namespace Features.Server.Serving;

/// <summary>Asks the workspace's policy at the Flight service's edge, and keeps the audit record.</summary>
internal sealed class PolicyAccess(ReadGate reads, ITrainingSets sets) : IFlightAccess
{
    public async ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken)
    {
        // A training set's name has one part, a table's two or more.
        var manifest = TableIdentifier.TryParse(access.Dataset) is null ? await sets.FindAsync(access.Dataset, cancellationToken) : null;
        var request = new ReadRequest(
            access.Subject,
            $"flight.{access.Purpose.ToString().ToLowerInvariant()}",
            manifest?.Table ?? access.Dataset,
            manifest?.SnapshotId ?? access.Snapshot,
            access.Columns,
            Purpose: null);
        try
        {
            return FlightDecision.Allow((await reads.AdmitAsync(request, manifest?.Rows, cancellationToken)).OutcomeHash);
        }
        catch (AccessDeniedException denied)
        {
            return FlightDecision.Deny(denied.Message);
        }
    }
}
