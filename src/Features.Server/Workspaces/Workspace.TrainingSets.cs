using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Verification;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Joins a training set as <see cref="CreateTrainingSetAsync(TrainingSet, bool, CancellationToken)"/> does, as of a moment.</summary>
    /// <param name="declared">What it is made of.</param>
    /// <param name="asOf">The set's moment, by which labels must be known; null for when the newest snapshot that the spine reads was committed.</param>
    /// <param name="replace">Make it anew if it stands with other contents; else that is an error.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<TrainingSetResult> CreateTrainingSetAsync(TrainingSet declared, DateTimeOffset? asOf, bool replace = false, CancellationToken cancellationToken = default)
    {
        var definitions = await Registry.LoadAsync(cancellationToken);
        await SyncSourcesAsync(definitions, definitions.Find<FeatureService>(declared.Service)?.Features ?? [], declared.Spine, cancellationToken);
        return await new TrainingSetBuilder(Catalog, Engine, Files, Reads, Lineage, Name, Clock)
            .CreateAsync(definitions, declared, new Reader(Principal, "dataset"), replace, asOf, cancellationToken);
    }

    /// <summary>Reads a training set's rows and hashes them again, and looks whether its sources are kept.</summary>
    /// <exception cref="TrainingSetException">There is no such set, or its rows are missing or out of order.</exception>
    public Task<StoredVerification> VerifyTrainingSetAsync(string name, CancellationToken cancellationToken = default) =>
        Verifier.VerifyStoredAsync(name, new Reader(Principal, "dataset"), cancellationToken);

    /// <summary>Makes a training set again, from its pinned snapshots and by its recorded definitions, and compares it with the stored one; nothing is written.</summary>
    /// <exception cref="TrainingSetException">There is no such set, or its rows are missing or out of order.</exception>
    public Task<RebuildVerification> RebuildTrainingSetAsync(string name, CancellationToken cancellationToken = default) =>
        Verifier.VerifyRebuildAsync(name, new Reader(Principal, "dataset"), cancellationToken);

    private TrainingSetVerifier Verifier => new(Catalog, Engine, Reads, TrainingSets, Registry);
}
