using System.Security.Cryptography;
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
    /// <summary>The card of a set. The manifest has its statistics; of a set of an earlier release the rows are read and counted.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="definitions">The definitions in force.</param>
    /// <param name="reader">Who wants it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AccessDeniedException">The policy denies the read.</exception>
    /// <exception cref="TrainingSetException">Rows are missing or out of order.</exception>
    public async Task<TrainingSetCard> ReadAsync(TrainingSetManifest manifest, DefinitionSet definitions, Reader reader, CancellationToken cancellationToken)
    {
        var table = await gate.LoadAsync(TableIdentifier.TryParse(manifest.Table)!, cancellationToken).ConfigureAwait(false);
        var statistics = manifest.Statistics;
        if (statistics is null)
        {
            statistics = await CountAsync(manifest, reader, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // No row is read, and the figures tell of all of them.
            var request = new ReadRequest(reader.Principal, reader.Action, manifest.Table, manifest.SnapshotId, [.. manifest.Columns.Select(c => c.Name)], reader.Purpose);
            await gate.AdmitAsync(request, rows: null, cancellationToken).ConfigureAwait(false);
        }

        return TrainingSetCard.Of(manifest, statistics, definitions, TableTags.Read(table.Metadata.Properties));
    }

    /// <summary>A card with the files of its set, each read once for its hash.</summary>
    /// <param name="card">The card.</param>
    /// <param name="reader">Who wants it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AccessDeniedException">The policy denies the read.</exception>
    public async Task<TrainingSetCard> WithFilesAsync(TrainingSetCard card, Reader reader, CancellationToken cancellationToken)
    {
        var read = await gate.OpenAsync(reader, TableIdentifier.TryParse(card.Manifest.Table)!, ReadSelection.Current with { SnapshotId = card.Manifest.SnapshotId }, cancellationToken).ConfigureAwait(false);
        var files = new List<CardFile>();
        foreach (var file in read.Plan.Tasks.Select(t => t.File).DistinctBy(f => f.FilePath).OrderBy(f => f.FilePath, StringComparer.Ordinal))
        {
            var stream = await read.Table.Storage.OpenReadAsync(file.FilePath, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                files.Add(new CardFile(file.FilePath, file.FileSizeInBytes, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false))));
            }
        }

        return card with { Files = files };
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
