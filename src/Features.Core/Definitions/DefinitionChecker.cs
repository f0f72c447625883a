using Features.Core.Definitions.Checking;
using Features.Core.Engine;
using Features.Iceberg.Spec;

namespace Features.Core.Definitions;

/// <summary>
/// Holds the SQL of definitions against the engine and the tables' real schemas, before anything is applied, and tells the type of each feature. A table that does not stand yet is taken as its pipeline
/// will write it, where the pipeline's contract tells; else what reads it is checked when it is used.
/// </summary>
public static class DefinitionChecker
{
    /// <summary>Faults, warnings and types. The set keeps the rules among definitions already (<see cref="DefinitionReader"/>).</summary>
    /// <param name="set">The definitions.</param>
    /// <param name="engine">Reads and types the SQL; nothing is run over data.</param>
    /// <param name="schemaOf">The current schema of a table by <c>namespace.name</c>, or null if there is none. For a <see cref="FeatureSource"/> of Parquet files it is asked for <see cref="FeatureSource.TableName"/>; a <see cref="FeaturesException"/> says why the folder cannot be read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<DefinitionCheck> CheckAsync(
        DefinitionSet set, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, CancellationToken cancellationToken) =>
        CheckAsync(set, new DefinitionSet([]), engine, schemaOf, static (definition, _) => definition.Place, cancellationToken);

    /// <summary>The same of what was read, with the faults found while reading, in the order of their places.</summary>
    /// <param name="reading">The definitions; those with a fault are checked as far as they could be read.</param>
    /// <param name="applied">Definitions that stand and that those read may refer to; one that was read anew counts as it was read.</param>
    /// <param name="engine">Reads and types the SQL; nothing is run over data.</param>
    /// <param name="schemaOf">As above.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<DefinitionCheck> CheckAsync(
        DefinitionReading reading, DefinitionSet applied, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, CancellationToken cancellationToken)
    {
        var read = new DefinitionSet([.. reading.Set.Definitions, .. reading.Drafts]);
        var check = await CheckAsync(read.Over(applied), applied, engine, schemaOf, reading.PlaceOf, cancellationToken).ConfigureAwait(false);
        return check with { Faults = DefinitionFault.InOrder([.. reading.Faults, .. check.Faults]), Warnings = DefinitionFault.InOrder(check.Warnings) };
    }

    private static async Task<DefinitionCheck> CheckAsync(
        DefinitionSet set, DefinitionSet applied, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, Func<Definition, string, SourcePlace?> placeOf, CancellationToken cancellationToken)
    {
        var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var check = new SchemaCheck(set, engine, session, schemaOf, placeOf);

            // What was applied was held to this before; only the tables under it can have changed.
            check.Sound.UnionWith(ExpressionsOf(applied));
            ExpressionCheck.CheckTexts(check, ExpressionsOf(set));

            // In the order in which one tells the other what it reads: pipelines say what tables that do not stand yet will be, views what type their features are.
            foreach (var pipeline in set.Definitions.OfType<Pipeline>())
            {
                await PipelineCheck.RunAsync(check, pipeline, cancellationToken).ConfigureAwait(false);
            }

            foreach (var source in set.Definitions.OfType<FeatureSource>())
            {
                await SourceCheck.RunAsync(check, source, cancellationToken).ConfigureAwait(false);
            }

            foreach (var view in set.Definitions.OfType<FeatureView>())
            {
                await ViewCheck.RunAsync(check, view, cancellationToken).ConfigureAwait(false);
            }

            foreach (var view in set.Definitions.OfType<OnDemandView>())
            {
                await OnDemandCheck.RunAsync(check, view, cancellationToken).ConfigureAwait(false);
            }

            foreach (var service in set.Definitions.OfType<FeatureService>())
            {
                ServiceCheck.Run(check, service);
            }

            foreach (var source in set.Definitions.OfType<PushSource>())
            {
                await SourceCheck.RunAsync(check, source, cancellationToken).ConfigureAwait(false);
            }

            foreach (var training in set.Definitions.OfType<TrainingSet>())
            {
                await TrainingSetCheck.RunAsync(check, training, cancellationToken).ConfigureAwait(false);
            }

            return check.Result();
        }
    }

    private static IEnumerable<string> ExpressionsOf(DefinitionSet set) =>
        set.Definitions.SelectMany(d => d switch { FeatureView view => view.Features, OnDemandView view => view.Features, _ => [] }).Select(f => f.Expression).Where(e => e != "*");
}
