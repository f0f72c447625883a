using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets.Statistics;
using Features.Iceberg;
using Features.Iceberg.Catalogs;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Reads what cards are made of. A card shows values, so whoever wants one must be allowed to read the set.</summary>
/// <param name="sets">The training sets.</param>
/// <param name="gate">Asked before anything is shown.</param>
public sealed class TrainingSetCards(ITrainingSets sets, ReadGate gate)
{
    /// <summary>The card of a set, with the statistics that its rows give, read at the manifest's snapshot.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="definitions">The definitions in force.</param>
    /// <param name="reader">Who wants it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AccessDeniedException">The policy denies the read.</exception>
    /// <exception cref="TrainingSetException">Rows are missing or out of order.</exception>
    public async Task<TrainingSetCard> ReadAsync(TrainingSetManifest manifest, DefinitionSet definitions, Reader reader, CancellationToken cancellationToken)
    {
        var table = await gate.LoadAsync(TableIdentifier.TryParse(manifest.Table)!, cancellationToken).ConfigureAwait(false);
        return TrainingSetCard.Of(manifest, await CountAsync(manifest, reader, cancellationToken).ConfigureAwait(false), definitions, TableTags.Read(table.Metadata.Properties));
    }

    private async Task<TrainingSetStatistics> CountAsync(TrainingSetManifest manifest, Reader reader, CancellationToken cancellationToken)
    {
        var accumulator = StatisticsAccumulator.Of(sets.SchemaOf(manifest), manifest.Columns);
        await foreach (var batch in sets.ReadAsync(manifest, reader.Principal, reader.Action, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                accumulator.Append(batch);
            }
        }

        return accumulator.Finish();
    }
}
