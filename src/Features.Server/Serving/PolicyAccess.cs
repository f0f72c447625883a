using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Flight.Serving;
using Features.Iceberg;
using Features.Server.Access;
using Features.Server.Workspaces;

namespace Features.Server.Serving;

/// <summary>
/// Asks the policy at the Flight service's edge, and keeps the audit record: the grants where callers have to say who they are, else the workspace's own policy. No rows come from here.
/// </summary>
internal sealed class PolicyAccess(Workspace workspace) : IFlightAccess
{
    private const string Sent = "sent", Redeem = "redeem";

    public async ValueTask<FlightDecision> DecideAsync(FlightAccess access, CancellationToken cancellationToken)
    {
        // A training set's name has one part, a table's two or more.
        var manifest = TableIdentifier.TryParse(access.Dataset) is null ? await workspace.TrainingSets.FindAsync(access.Dataset, cancellationToken) : null;
        var request = RequestOf(access, DoorOf(access), manifest);
        var decision = await PolicyFor(access).DecideAsync(request, cancellationToken);
        await RecordAsync(request, decision, decision.Allowed ? manifest?.Rows : null, bytes: null, cancellationToken);
        return Said(decision);
    }

    /// <summary>Grants are given by name, so that they tell before anything is looked up; what else a workspace's own policy wants to know, the second question has.</summary>
    public async ValueTask<FlightDecision> ForeseeAsync(FlightAccess access, CancellationToken cancellationToken)
    {
        if (workspace.Config.Flight.Auth is null)
        {
            return FlightDecision.Allow();
        }

        var request = RequestOf(access, DoorOf(access), manifest: null);
        var decision = await PolicyFor(access).DecideAsync(request, cancellationToken);
        if (!decision.Allowed)
        {
            await RecordAsync(request, decision, rows: null, bytes: null, cancellationToken);
        }

        return Said(decision);
    }

    /// <summary>A ticket that was refused, and what a read sent in all, have records of their own.</summary>
    public async ValueTask RecordAsync(FlightOutcome outcome, CancellationToken cancellationToken)
    {
        var access = outcome.Access;
        var manifest = !outcome.IsRefused && TableIdentifier.TryParse(access.Dataset) is null ? await workspace.TrainingSets.FindAsync(access.Dataset, cancellationToken) : null;
        var decision = new PolicyDecision(!outcome.IsRefused, outcome.IsRefused ? outcome.Reason : "the read ended", "flight.tickets", "");
        await RecordAsync(RequestOf(access, outcome.IsRefused ? Redeem : Sent, manifest), decision, outcome.Rows, outcome.Bytes, cancellationToken);
    }

    private IPolicy PolicyFor(FlightAccess access) => workspace.Config.Flight.Auth is null ? workspace.Policy : new GrantPolicy(workspace.Config.Flight.Grants ?? [], access);

    private static string DoorOf(FlightAccess access) => access.Purpose.ToString().ToLowerInvariant();

    private static FlightDecision Said(PolicyDecision decision) => decision.Allowed ? FlightDecision.Allow(decision.OutcomeHash) : FlightDecision.Deny($"{decision.Reason} (policy {decision.PolicyId})");

    private static ReadRequest RequestOf(FlightAccess access, string door, TrainingSetManifest? manifest) =>
        new(access.Subject, $"flight.{door}", manifest?.Table ?? access.Dataset, manifest?.SnapshotId ?? access.Snapshot, access.Columns, Purpose: null)
        {
            Tenant = access.Tenant,
            Client = access.Client,
            TicketId = access.TicketId,
        };

    private Task RecordAsync(ReadRequest request, PolicyDecision decision, long? rows, long? bytes, CancellationToken cancellationToken) => workspace.Audit.AppendAsync(
        new AuditRecord(workspace.Clock.GetUtcNow(), request, decision.Allowed, decision.Reason, decision.PolicyId, decision.OutcomeHash, rows) { Bytes = bytes }, cancellationToken);
}
