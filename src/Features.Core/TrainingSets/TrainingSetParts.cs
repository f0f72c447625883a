using System.Buffers.Binary;
using Apache.Arrow;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.Scans;

namespace Features.Core.TrainingSets;

/// <summary>Training sets in parts that can be read side by side. Like <see cref="TrainingSetStore.ReadAsync"/>, parts are read through the gate, at the snapshot of the manifest.</summary>
/// <param name="sets">The sets.</param>
/// <param name="gate">The door to their rows.</param>
/// <param name="engine">Reads them.</param>
public sealed class TrainingSetParts(ITrainingSets sets, ReadGate gate, ISqlEngine engine)
{
    /// <summary>The condition that a text says about the rows of a set.</summary>
    /// <exception cref="SqlException">It is no such condition.</exception>
    public RowCondition Condition(TrainingSetManifest manifest, string text)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return engine.Condition(text, TrainingSetStore.TableSchemaOf(manifest));
    }

    /// <summary>The parts in <c>_row</c> order.</summary>
    /// <param name="manifest">The set.</param>
    /// <param name="reader">Who reads.</param>
    /// <param name="condition">Which rows are wanted; null for all.</param>
    /// <param name="counts">What <see cref="TrainingSetPart.Rows"/> of the same set and condition were before; null to count anew.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    /// <exception cref="TrainingSetException">Rows are missing.</exception>
    /// <exception cref="SqlException">The condition cannot be evaluated.</exception>
    public async Task<IReadOnlyList<TrainingSetPart>> CutAsync(
        TrainingSetManifest manifest, Reader reader, RowCondition? condition, IReadOnlyList<long>? counts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var selection = ReadSelection.Current with
        {
            SnapshotId = manifest.SnapshotId,
            KeepsMetrics = true,
            FilterOf = condition is null ? null : schema => engine.PruningFilter($"SELECT 1 FROM rows WHERE {condition.Text}", "rows", schema),
        };
        var plan = (await gate.OpenAsync(reader, TableIdentifier.TryParse(manifest.Table)!, selection, cancellationToken).ConfigureAwait(false)).Plan;
        plan = plan with { Tasks = [.. plan.Tasks.OrderBy(t => FirstRow(t, plan.Projection))] };
        var runs = await engine.RunsAsync(plan, condition, cancellationToken).ConfigureAwait(false);
        var rows = counts?.Count == runs.Count ? counts : await runs.CountAsync(cancellationToken).ConfigureAwait(false);
        if (condition is null && rows.Sum() != manifest.Rows)
        {
            throw new TrainingSetException(TrainingSetJson.Broken, $"the training set '{manifest.Name}' has {rows.Sum()} rows and its manifest says {manifest.Rows}; create it again with replace");
        }

        return PartsOf(manifest, runs, rows, sets.SchemaOf(manifest), isWhole: condition is null);
    }

    private static TrainingSetPart[] PartsOf(TrainingSetManifest manifest, IReadOnlyList<IRowRun> runs, IReadOnlyList<long> rows, Schema schema, bool isWhole)
    {
        var parts = new TrainingSetPart[runs.Count];
        var first = 0L;
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new TrainingSetPart(manifest, runs[i], rows[i], schema, isWhole ? first : null);
            first += rows[i];
        }

        return parts;
    }

    /// <summary>The first row number in a file, by its metrics; files without any come last and are found out by their order.</summary>
    internal static long FirstRow(FileScanTask task, Iceberg.Spec.Schema schema) =>
        schema.Find(JoinedRows.RowColumn) is { } row && task.File.LowerBounds?.GetValueOrDefault(row.Id) is { Length: 8 } bound ? BinaryPrimitives.ReadInt64LittleEndian(bound) : long.MaxValue;
}
