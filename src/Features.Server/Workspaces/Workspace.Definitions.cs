using Features.Core.Definitions;
using Features.Core.Registry;
using Features.Iceberg;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Reads the definitions of the workspace's files, checks them (against the tables too), and puts them in force together.</summary>
    /// <param name="planOnly">Say what would change and change nothing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DefinitionsException">Some are at fault: all faults, each with its place.</exception>
    public Task<RegistryPlan> ApplyAsync(bool planOnly, CancellationToken cancellationToken = default) => ApplyAsync(planOnly, prune: false, cancellationToken);

    /// <summary>Reads the definitions of the workspace's files, checks them (against the tables too), and puts them in force together.</summary>
    /// <param name="planOnly">Say what would change and change nothing.</param>
    /// <param name="prune">Remove what is in force and stands in the files no more; it is refused where something that stays refers to it. Otherwise it stays in force.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DefinitionsException">Some are at fault: all faults, each with its place.</exception>
    public async Task<RegistryPlan> ApplyAsync(bool planOnly, bool prune, CancellationToken cancellationToken = default)
    {
        var reading = await DefinitionReader.TryReadAsync([Under(Config.Definitions)], cancellationToken);
        var applied = await Registry.LoadAsync(cancellationToken);
        var standing = prune ? new DefinitionSet([]) : applied;
        var check = await DefinitionChecker.CheckAsync(reading, standing, Engine, SchemaOf(reading.Set.Over(standing)), cancellationToken);
        return await ApplyAsync(reading.Set, applied, check, planOnly, prune, cancellationToken);
    }

    /// <summary>Checks definitions that were built in C# and puts them in force together; they may refer to those that are.</summary>
    /// <inheritdoc cref="ApplyAsync(bool, CancellationToken)"/>
    public async Task<RegistryPlan> ApplyAsync(DefinitionSet definitions, bool planOnly, CancellationToken cancellationToken = default)
    {
        var applied = await Registry.LoadAsync(cancellationToken);
        var together = definitions.Over(applied);
        var check = await DefinitionChecker.CheckAsync(together, Engine, SchemaOf(together), cancellationToken);
        return await ApplyAsync(definitions, applied, check, planOnly, prune: false, cancellationToken);
    }

    private async Task<RegistryPlan> ApplyAsync(DefinitionSet definitions, DefinitionSet applied, DefinitionCheck check, bool planOnly, bool prune, CancellationToken cancellationToken)
    {
        if (check.Faults.Count > 0)
        {
            throw new DefinitionsException(check.Faults);
        }

        var request = new RegistryRequest(definitions) { Types = check.Types, Prune = prune };
        var plan = planOnly ? await Registry.PlanAsync(request, cancellationToken) : await Registry.ApplyAsync(request, cancellationToken);
        if (!planOnly)
        {
            await SyncAsync(definitions.Definitions.OfType<FeatureSource>(), cancellationToken);
        }

        if (!plan.HasChanges)
        {
            return plan with { Warnings = check.Warnings };
        }

        var datasets = (await TrainingSets.ListAsync(cancellationToken)).ToDictionary(m => m.Name, m => m.Definitions);
        var after = prune ? definitions : definitions.Over(applied);
        return plan with { Warnings = check.Warnings, Impacts = DownstreamImpacts.Of(plan, applied, after, datasets, await MaterializedAsync(applied, cancellationToken)) };
    }

    /// <summary>The views that stand in the online store; none where nobody has opened one yet.</summary>
    private async Task<HashSet<string>> MaterializedAsync(DefinitionSet definitions, CancellationToken cancellationToken)
    {
        var materialized = new HashSet<string>();
        if (File.Exists(Under(Config.Online.Path)))
        {
            foreach (var view in definitions.Definitions.OfType<FeatureView>())
            {
                if (await OnlineViews.FindAsync(view.Name, cancellationToken) is not null)
                {
                    materialized.Add(view.Name);
                }
            }
        }

        return materialized;
    }

    private Func<string, CancellationToken, Task<Iceberg.Spec.Schema?>> SchemaOf(DefinitionSet definitions) => async (table, cancellationToken) =>
        definitions.Definitions.OfType<FeatureSource>().FirstOrDefault(s => s.Parquet is not null && s.TableName == table) is { } folder ? await Folders.SchemaAsync(folder, cancellationToken)
        : TableIdentifier.TryParse(table) is { } identifier ? (await Catalog.TryLoadTableAsync(identifier, cancellationToken))?.Metadata.CurrentSchema : null;
}
