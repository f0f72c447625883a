using System.Globalization;
using Features.Core.Cleaning;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Lineage;
using Features.Iceberg;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>
/// Does one claimed batch: reads its file, cleans it, splits it and commits it, exactly once however often it is tried and wherever it was stopped (docs/adr/0005-exactly-once-by-sequence.md).
/// Safe for several at once, here and in other processes.
/// </summary>
public sealed class Ingestor
{
    private readonly IngestPorts ports;
    private readonly IngestOptions options;
    private readonly IIngestObserver? observer;
    private readonly IngestReport report;
    private readonly TargetTables tables;
    private readonly Sequencer sequencer;

    /// <summary>Makes one. It owns nothing.</summary>
    public Ingestor(IngestPorts ports, IngestOptions options, IIngestObserver? observer = null)
    {
        this.ports = ports;
        this.options = options;
        this.observer = observer;
        report = new IngestReport(ports.Lineage, options, ports.Clock);
        tables = new TargetTables(ports.Catalog);
        sequencer = new Sequencer(ports.Catalog, ports.Inbox, options, ports.Clock);
    }

    /// <summary>Ingests a batch. A batch that can never succeed ends with an error in its outcome; one that may succeed later, or whose quarantined rows are committed, is given back with the reason.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the batch is given back.</exception>
    public async Task<IngestResult> IngestAsync(ClaimedBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return new IngestResult(batch, await AttemptAsync(batch, cancellationToken).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await ports.Inbox.ReleaseAsync(batch, TimeSpan.Zero, countAttempt: false, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (BatchPostponedException early) when (!early.IsFault)
        {
            await ports.Inbox.ReleaseAsync(batch, options.TurnPoll, countAttempt: false, CancellationToken.None).ConfigureAwait(false);
            return new IngestResult(batch, null, early.Message);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return await RejectOrPostponeAsync(batch, fault, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BatchOutcome> AttemptAsync(ClaimedBatch batch, CancellationToken cancellationToken)
    {
        await ReachedAsync(IngestStep.Claimed, batch, cancellationToken).ConfigureAwait(false);
        var applied = await FindPipelineAsync(batch, cancellationToken).ConfigureAwait(false)
            ?? throw new BatchRejectedException($"pipeline '{batch.Pipeline}' is not applied any more; apply it again and send the file again");
        await report.StartAsync(batch, applied, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.LineageStarted, batch, cancellationToken).ConfigureAwait(false);

        var progress = new Progress(await ports.Inbox.GetIdAsync(cancellationToken).ConfigureAwait(false), batch.Pipeline);
        var target = await ports.Catalog.TryLoadTableAsync(TargetTables.TargetOf(applied), cancellationToken).ConfigureAwait(false);
        return target is not null && progress.Of(target.Metadata) >= batch.Sequence
            ? await FinishCommittedAsync(batch, applied, progress, target, cancellationToken).ConfigureAwait(false)
            : await CommitAndFinishAsync(batch, applied, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BatchOutcome> CommitAndFinishAsync(ClaimedBatch batch, AppliedPipeline applied, Progress progress, CancellationToken cancellationToken)
    {
        var source = await ReadSourceAsync(batch, applied, cancellationToken).ConfigureAwait(false);
        await using var ownedSource = source.ConfigureAwait(false);
        await ReachedAsync(IngestStep.SourceRead, batch, cancellationToken).ConfigureAwait(false);

        var (columns, indirect) = source.Plan.Lineage(applied.Pipeline, [.. source.Cleaned.Fields.Select(f => f.Name)], ports.Engine);
        var tagging = ColumnTagging.Of(applied, columns, indirect);
        var target = await tables.OpenTargetAsync(applied, source, tagging, cancellationToken).ConfigureAwait(false);
        var quarantine = source.Bad == 0 ? null : await tables.OpenQuarantineAsync(applied, source, tagging, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.TablesReady, batch, cancellationToken).ConfigureAwait(false);

        var files = new BatchFiles(ports.Files, batch);
        await using var ownedFiles = files.ConfigureAwait(false);
        var bad = quarantine is null ? [] : await files.WriteAsync(
            quarantine,
            Quarantine.RowsAsync(source.BadRowsAsync(cancellationToken), quarantine.Metadata.CurrentSchema, source.Plan.Rules, batch.RunId, batch.Arrival.Location, ports.Clock.GetUtcNow(), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.QuarantineFilesWritten, batch, cancellationToken).ConfigureAwait(false);
        var good = await files.WriteAsync(target, prefix => source.WriteGoodRowsAsync(target, prefix, cancellationToken)).ConfigureAwait(false);
        var (goodRows, badRows) = (good.Sum(f => f.RecordCount), bad.Sum(f => f.RecordCount));
        // The engine read the file by its path and more than once: only if it is the same still, the rows are those of the version that the inbox names.
        await RequireUnchangedAsync(batch, cancellationToken).ConfigureAwait(false);
        Reconcile(batch, source.Read, goodRows, badRows);
        await ReachedAsync(IngestStep.GoodFilesWritten, batch, cancellationToken).ConfigureAwait(false);

        var summary = progress.Summary(
            batch.Sequence,
            (Progress.RunKey, batch.RunId),
            (Progress.TokenKey, batch.Token.ToString(CultureInfo.InvariantCulture)),
            (Progress.DefinitionKey, source.Plan.Hash),
            (Progress.ReadKey, source.Read.ToString(CultureInfo.InvariantCulture)),
            (Progress.GoodKey, goodRows.ToString(CultureInfo.InvariantCulture)),
            (Progress.QuarantinedKey, badRows.ToString(CultureInfo.InvariantCulture)));
        if (!await sequencer.WaitForTurnAsync(target.Identifier!, progress, batch, cancellationToken).ConfigureAwait(false))
        {
            return await FinishCommittedAsync(batch, applied, progress, target, cancellationToken).ConfigureAwait(false);
        }

        // The fence below holds among attempts that reach the table; another one may have failed the batch before there was a table to void it in.
        if (!await ports.Inbox.ExtendAsync(batch, options.Lease, cancellationToken).ConfigureAwait(false))
        {
            throw new BatchPostponedException("the lease was lost to another worker", isFault: false);
        }

        if (quarantine is not null)
        {
            quarantine = await CommitQuarantineAsync(batch, progress, quarantine, bad, summary, source.Plan.Hash, files, cancellationToken).ConfigureAwait(false);
        }

        await ReachedAsync(IngestStep.QuarantineCommitted, batch, cancellationToken).ConfigureAwait(false);
        var commit = await KeepingIfUnknownAsync(files, target, () => Sequencer.CommitAsync(target, progress, batch, good, summary, cancellationToken)).ConfigureAwait(false);
        if (!commit.Changed)
        {
            return await FinishCommittedAsync(batch, applied, progress, commit.Table, cancellationToken).ConfigureAwait(false);
        }

        files.Keep(target);
        await ReachedAsync(IngestStep.GoodCommitted, batch, cancellationToken).ConfigureAwait(false);

        var outcome = new BatchOutcome(source.Read, goodRows, badRows, progress.Find(commit.Table.Metadata, batch.Sequence)?.SnapshotId, quarantine is null ? null : progress.Find(quarantine.Metadata, batch.Sequence)?.SnapshotId, null);
        return await FinishAsync(batch, applied, progress, commit.Table, quarantine, source, columns, indirect, outcome, cancellationToken).ConfigureAwait(false);
    }

    // A crash behind the commit: nothing is left but to tell of it.
    private async Task<BatchOutcome> FinishCommittedAsync(ClaimedBatch batch, AppliedPipeline applied, Progress progress, Table target, CancellationToken cancellationToken)
    {
        target = await ports.Catalog.TryLoadTableAsync(target.Identifier!, cancellationToken).ConfigureAwait(false) ?? target;
        if (progress.WhyVoided(target.Metadata, batch.Sequence) is { } reason)
        {
            return await FinishRejectedAsync(batch, applied, reason, cancellationToken).ConfigureAwait(false);
        }

        var quarantine = await ports.Catalog.TryLoadTableAsync(TargetTables.QuarantineOf(target.Identifier!), cancellationToken).ConfigureAwait(false);
        var good = progress.Find(target.Metadata, batch.Sequence);
        var bad = quarantine is null ? null : progress.Find(quarantine.Metadata, batch.Sequence);
        long Count(string key) => (good ?? bad)?.Summary.GetValueOrDefault(key) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        var outcome = new BatchOutcome(Count(Progress.ReadKey), Count(Progress.GoodKey), Count(Progress.QuarantinedKey), good?.SnapshotId, bad?.SnapshotId, null);
        try
        {
            var source = await ReadSourceAsync(batch, applied, cancellationToken).ConfigureAwait(false);
            await using var ownedSource = source.ConfigureAwait(false);
            var (columns, indirect) = source.Plan.Lineage(applied.Pipeline, [.. source.Cleaned.Fields.Select(f => f.Name)], ports.Engine);
            return await FinishAsync(batch, applied, progress, target, quarantine, source, columns, indirect, outcome, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is BatchRejectedException or SqlException { IsTransient: false })
        {
            // The file was moved or changed since, or the pipeline was: its rows are committed all the same.
            return await FinishAsync(batch, applied, progress, target, quarantine, null, [], [], outcome, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BatchOutcome> FinishAsync(
        ClaimedBatch batch, AppliedPipeline applied, Progress progress, Table target, Table? quarantine, SourceBatch? source,
        IReadOnlyList<OutputColumn> columns, IReadOnlyList<IndirectInput> indirect, BatchOutcome outcome, CancellationToken cancellationToken)
    {
        if (batch.Token > 1)
        {
            await RemoveLeftoversAsync(batch, progress, target, cancellationToken).ConfigureAwait(false);
            if (quarantine is not null)
            {
                await RemoveLeftoversAsync(batch, progress, quarantine, cancellationToken).ConfigureAwait(false);
            }
        }

        await ReachedAsync(IngestStep.LeftoversRemoved, batch, cancellationToken).ConfigureAwait(false);
        var lineage = source is null ? null : ColumnLineage.Over(columns, indirect, new Dictionary<string, (string, string)> { ["source"] = LineageNames.Of(batch.Arrival.Location) });
        var written = new List<WrittenTable> { Written(target, progress, batch, outcome.Good) };
        if (quarantine is not null && outcome.Quarantined > 0)
        {
            written.Add(Written(quarantine, progress, batch, outcome.Quarantined));
        }

        await report.CompleteAsync(batch, applied, source, lineage, written, outcome, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.LineageEnded, batch, cancellationToken).ConfigureAwait(false);
        await ports.Inbox.CompleteAsync(batch, outcome, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.Done, batch, cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    private async Task<SourceBatch> ReadSourceAsync(ClaimedBatch batch, AppliedPipeline applied, CancellationToken cancellationToken)
    {
        var location = batch.Arrival.Location;
        if (!Path.IsPathRooted(location))
        {
            throw new BatchRejectedException($"'{location}' is in a store that this host has no reader for; copy it into the workspace's landing folder");
        }

        await ports.Gate.AdmitAsync(new ReadRequest(LocalPolicy.Principal, "ingest", location, null, [.. (applied.Contract?.Columns ?? []).Select(c => c.Name)], null), null, cancellationToken).ConfigureAwait(false);
        await RequireUnchangedAsync(batch, cancellationToken).ConfigureAwait(false);
        return await SourceBatch.ReadAsync(ports.Engine, applied, location, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RequireUnchangedAsync(ClaimedBatch batch, CancellationToken cancellationToken)
    {
        var (location, etag) = (batch.Arrival.Location, batch.Arrival.ETag);
        try
        {
            var actual = await LocalETag.OfAsync(location, cancellationToken).ConfigureAwait(false);
            if (actual != etag)
            {
                throw new BatchRejectedException($"'{location}' has changed since it was announced (version {actual}, announced {etag}); send an event for what it is now");
            }
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new BatchRejectedException($"'{location}' cannot be read: {missing.Message} Put the file back and send its event again", missing);
        }
    }

    private static async Task<Table> CommitQuarantineAsync(
        ClaimedBatch batch, Progress progress, Table quarantine, IReadOnlyList<Iceberg.Manifests.DataFile> bad, IReadOnlyDictionary<string, string> summary, string definition, BatchFiles files, CancellationToken cancellationToken)
    {
        var commit = await KeepingIfUnknownAsync(files, quarantine, () => Sequencer.CommitQuarantineAsync(quarantine, progress, batch, bad, summary, cancellationToken)).ConfigureAwait(false);
        if (commit.Changed)
        {
            files.Keep(quarantine);
        }
        else if (progress.Find(commit.Table.Metadata, batch.Sequence)?.Summary.GetValueOrDefault(Progress.DefinitionKey) is { } before && before != definition)
        {
            throw new BatchPostponedException($"pipeline '{batch.Pipeline}' was changed after the quarantined rows of this batch were committed and before its good ones were; apply the former definition until the batch is done", isFault: true);
        }

        return commit.Table;
    }

    // If nobody can say whether a commit took place, its files may be live.
    private static async Task<T> KeepingIfUnknownAsync<T>(BatchFiles files, Table table, Func<Task<T>> commit)
    {
        try
        {
            return await commit().ConfigureAwait(false);
        }
        catch (CommitStateUnknownException)
        {
            files.Keep(table);
            throw;
        }
    }

    private async Task RemoveLeftoversAsync(ClaimedBatch batch, Progress progress, Table table, CancellationToken cancellationToken)
    {
        // No snapshot of this batch: it put nothing there, or the snapshot has expired and its files are live. Only a scan could tell, so they stay.
        if (progress.Find(table.Metadata, batch.Sequence)?.Summary.GetValueOrDefault(Progress.TokenKey) is { } token)
        {
            await new BatchFiles(ports.Files, batch).RemoveLeftoversAsync(table, long.Parse(token, CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IngestResult> RejectOrPostponeAsync(ClaimedBatch batch, Exception fault, CancellationToken cancellationToken)
    {
        if (!IsFinal(fault) && batch.Attempt < options.MaxAttempts)
        {
            return await PostponeAsync(batch, fault.Message).ConfigureAwait(false);
        }

        try
        {
            return new IngestResult(batch, await RejectAsync(batch, fault.Message, cancellationToken).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException)
        {
            await ports.Inbox.ReleaseAsync(batch, TimeSpan.Zero, countAttempt: false, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (BatchPostponedException held) when (held.IsFault)
        {
            return await PostponeAsync(batch, held.Message).ConfigureAwait(false);
        }
        catch (Exception stillNot)
        {
            await ports.Inbox.ReleaseAsync(batch, options.BackOff, countAttempt: false, CancellationToken.None).ConfigureAwait(false);
            return new IngestResult(batch, null, stillNot.Message, IsFault: true);
        }
    }

    private async Task<IngestResult> PostponeAsync(ClaimedBatch batch, string reason)
    {
        var wait = TimeSpan.FromTicks(Math.Min(options.MaxBackOff.Ticks, options.BackOff.Ticks << Math.Min(batch.Attempt - 1, 20)));
        await ports.Inbox.ReleaseAsync(batch, wait, countAttempt: true, CancellationToken.None).ConfigureAwait(false);
        return new IngestResult(batch, null, reason, IsFault: true);
    }

    private async Task<BatchOutcome> RejectAsync(ClaimedBatch batch, string error, CancellationToken cancellationToken)
    {
        var applied = await FindPipelineAsync(batch, cancellationToken).ConfigureAwait(false);
        if (applied is not null && TableIdentifier.TryParse(applied.Pipeline.Target.Table) is { } name
            && await ports.Catalog.TryLoadTableAsync(name, cancellationToken).ConfigureAwait(false) is { } target)
        {
            var progress = new Progress(await ports.Inbox.GetIdAsync(cancellationToken).ConfigureAwait(false), batch.Pipeline);
            var isTurn = await sequencer.WaitForTurnAsync(name, progress, batch, cancellationToken).ConfigureAwait(false);
            if (isTurn && await IsQuarantineCommittedAsync(name, progress, batch, cancellationToken).ConfigureAwait(false))
            {
                // Its quarantined rows are there to be seen: given up, and sent again, it would add them once more.
                throw new BatchPostponedException($"{error}. The quarantined rows of this batch are committed already, so it is not given up: it is tried again until that is mended", isFault: true);
            }

            if (!isTurn || !(await Sequencer.VoidAsync(target, progress, batch, error, cancellationToken).ConfigureAwait(false)).Changed)
            {
                return await FinishCommittedAsync(batch, applied, progress, target, cancellationToken).ConfigureAwait(false);
            }
        }

        await ReachedAsync(IngestStep.Voided, batch, cancellationToken).ConfigureAwait(false);
        return await FinishRejectedAsync(batch, applied, error, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsQuarantineCommittedAsync(TableIdentifier target, Progress progress, ClaimedBatch batch, CancellationToken cancellationToken) =>
        await ports.Catalog.TryLoadTableAsync(TargetTables.QuarantineOf(target), cancellationToken).ConfigureAwait(false) is { } quarantine && progress.Of(quarantine.Metadata) >= batch.Sequence;

    private async Task<BatchOutcome> FinishRejectedAsync(ClaimedBatch batch, AppliedPipeline? applied, string error, CancellationToken cancellationToken)
    {
        var outcome = new BatchOutcome(0, 0, 0, null, null, error);
        await report.FailAsync(batch, applied, error, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.LineageEnded, batch, cancellationToken).ConfigureAwait(false);
        await ports.Inbox.CompleteAsync(batch, outcome, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(IngestStep.Done, batch, cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    // The file or the pipeline is at fault, not the moment.
    private static bool IsFinal(Exception fault) => fault is BatchRejectedException or SqlException { IsTransient: false } or AccessDeniedException or InvalidTableArgumentException or UnsupportedFeatureException;

    private async Task<AppliedPipeline?> FindPipelineAsync(ClaimedBatch batch, CancellationToken cancellationToken) =>
        (await ports.Pipelines.ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(p => p.Pipeline.Name == batch.Pipeline);

    private static void Reconcile(ClaimedBatch batch, long read, long good, long bad)
    {
        if (read != good + bad)
        {
            throw new BatchRejectedException($"'{batch.Arrival.Location}': {read} rows were read, but {good} are good and {bad} quarantined; nothing was committed. The clean SELECT must yield each row at most once");
        }
    }

    private static WrittenTable Written(Table table, Progress progress, ClaimedBatch batch, long rows)
    {
        var snapshot = progress.Find(table.Metadata, batch.Sequence);
        long? Count(string key) => snapshot?.Summary.GetValueOrDefault(key) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        return new WrittenTable(table, snapshot?.SnapshotId, rows, Count("added-files-size"), Count("added-data-files") ?? 0);
    }

    private ValueTask ReachedAsync(IngestStep step, ClaimedBatch batch, CancellationToken cancellationToken) =>
        observer?.ReachedAsync(step, batch, cancellationToken) ?? ValueTask.CompletedTask;
}
