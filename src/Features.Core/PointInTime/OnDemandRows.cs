using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.PointInTime;

/// <summary>
/// On-demand features over joined rows: the engine evaluates their expressions, some rows at a time. In each view's expressions its inputs and request columns go by the names that it declares, whatever they are called in the result.
/// </summary>
internal sealed class OnDemandRows : IAsyncDisposable
{
    private const string Table = "_joined";
    private const int PartBatches = 8;

    private readonly FeatureSelection selection;
    private readonly bool fullNames;
    private readonly ISqlSession? session;
    private string sql = "";
    private Schema? result;

    private OnDemandRows(FeatureSelection selection, bool fullNames, ISqlSession? session) => (this.selection, this.fullNames, this.session) = (selection, fullNames, session);

    /// <summary>Prepares the expressions for joined rows of these columns.</summary>
    /// <exception cref="PointInTimeException">A view asks for a column that the spine does not have, or an expression cannot be a feature.</exception>
    public static async Task<OnDemandRows> OpenAsync(
        ISqlEngine engine, JoinRequest request, FeatureSelection selection, Schema spine, Func<SelectedFeature, Field> fieldOf, CancellationToken cancellationToken)
    {
        if (selection.OnDemand.Count == 0)
        {
            return new OnDemandRows(selection, request.FullNames, null);
        }

        foreach (var field in selection.Request)
        {
            if (spine.FieldsList.All(f => f.Name != field.Name))
            {
                throw new PointInTimeException($"the spine has no column '{field.Name}', which an on-demand view asks for; {NearNames.Hint(field.Name, [.. spine.FieldsList.Select(f => f.Name)], "columns")}");
            }
        }

        var opened = new OnDemandRows(selection, request.FullNames, await engine.OpenAsync(request.Trust, cancellationToken).ConfigureAwait(false));
        try
        {
            await opened.PrepareAsync([.. spine.FieldsList, .. selection.Joined.Select(fieldOf)], cancellationToken).ConfigureAwait(false);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a joined feature is called before expressions are evaluated: an input that nobody asked for goes by a name of ours.</summary>
    public string NameOf(SelectedFeature feature) =>
        selection.Features.Contains(feature) ? feature.OutputName(fullNames) : string.Create(CultureInfo.InvariantCulture, $"_input{selection.Inputs.ToList().IndexOf(feature)}");

    /// <summary>The columns of the result for joined rows of these columns.</summary>
    public Schema SchemaOf(Schema joined) => result ?? joined;

    /// <summary>Joined rows with the on-demand features.</summary>
    public async IAsyncEnumerable<RecordBatch> Over(IAsyncEnumerable<RecordBatch> joined, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var part = new List<RecordBatch>();
        await foreach (var batch in joined.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (session is null)
            {
                yield return batch;
                continue;
            }

            part.Add(batch);
            if (part.Count == PartBatches)
            {
                await foreach (var computed in ComputeAsync(part, cancellationToken).ConfigureAwait(false))
                {
                    yield return computed;
                }
            }
        }

        if (part.Count > 0)
        {
            await foreach (var computed in ComputeAsync(part, cancellationToken).ConfigureAwait(false))
            {
                yield return computed;
            }
        }
    }

    public ValueTask DisposeAsync() => session?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task PrepareAsync(IReadOnlyList<Field> columns, CancellationToken cancellationToken)
    {
        var table = Numbered(columns);
        await session!.AddBatchesAsync(Table, table, NoBatches(), cancellationToken).ConfigureAwait(false);
        var described = await session.DescribeAsync(Select(columns, null), cancellationToken).ConfigureAwait(false);
        sql = Select(columns, described);
        described = await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        var given = columns.Take(columns.Count - selection.Inputs.Count).ToList();
        result = new Schema([.. given, .. described.FieldsList.Skip(given.Count)], null);
    }

    private async IAsyncEnumerable<RecordBatch> ComputeAsync(List<RecordBatch> part, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var table = Numbered(part[0].Schema.FieldsList);
        var renamed = part.Select(b => new RecordBatch(table, b.Arrays, b.Length)).ToList();
        part.Clear();
        await session!.AddBatchesAsync(Table, table, Each(renamed), cancellationToken).ConfigureAwait(false);
        await foreach (var batch in session.QueryAsync(sql, cancellationToken).ConfigureAwait(false))
        {
            yield return new RecordBatch(result!, batch.Arrays, batch.Length);
        }
    }

    /// <summary>The SELECT over the table of joined rows, whose columns go by number: for each view a step that names its inputs, computes, and takes the names away again.</summary>
    private string Select(IReadOnlyList<Field> columns, Schema? described)
    {
        var rows = $"SELECT * FROM {Table}";
        var outputs = new List<string>();
        var given = columns.Count - selection.Inputs.Count;
        for (var c = 0; c < given; c++)
        {
            outputs.Add($"{Column(c)} AS {Sql.Name(columns[c].Name)}");
        }

        foreach (var view in selection.OnDemand.GroupBy(f => f.View.Name))
        {
            var names = view.First().View.Request.Select(r => (r.Name, Column: IndexOf(columns, r.Name)))
                .Concat(view.First().Inputs.Select(i => (i.Name, Column: columns.Count - selection.Joined.Count + selection.Joined.ToList().IndexOf(i.Feature))))
                .DistinctBy(n => n.Name).ToList();
            var computed = view.Select(f => $"{Sql.Enclosed(f.Feature.Expression)} AS {Computed(f)}");
            var named = names.Count == 0 ? rows : $"SELECT *, {string.Join(", ", names.Select(n => $"{Column(n.Column)} AS {Sql.Name(n.Name)}"))} FROM ({rows})";
            rows = $"SELECT *, {string.Join(", ", computed)} FROM ({named})";
            rows = names.Count == 0 ? rows : $"SELECT * EXCLUDE ({Sql.Names(names.Select(n => n.Name))}) FROM ({rows})";
        }

        for (var f = 0; f < selection.OnDemand.Count; f++)
        {
            var feature = selection.OnDemand[f];
            var name = Sql.Name(feature.OutputName(fullNames));
            var cast = described is null ? null : CastOf(feature, described.GetFieldByIndex(given + f).DataType);
            outputs.Add(cast is null ? $"{Computed(feature)} AS {name}" : $"CAST({Computed(feature)} AS {cast}) AS {name}");
        }

        return $"SELECT {string.Join(", ", outputs)} FROM ({rows})";
    }

    private string Computed(SelectedOnDemand feature) => string.Create(CultureInfo.InvariantCulture, $"_o{selection.OnDemand.ToList().IndexOf(feature)}");

    // Integers come in the two widths that a table has; anything else stays what it is.
    private static string? CastOf(SelectedOnDemand feature, IArrowType type)
    {
        if (FeatureTypes.Of(feature.Feature, type, out var problem) is null)
        {
            throw new PointInTimeException($"on-demand view '{feature.View.Name}': {problem}");
        }

        return type switch
        {
            Int8Type or Int16Type or UInt8Type or UInt16Type => "INTEGER",
            UInt32Type => "BIGINT",
            _ => null,
        };
    }

    private static int IndexOf(IReadOnlyList<Field> columns, string name) => Enumerable.Range(0, columns.Count).First(c => columns[c].Name == name);

    private static string Column(int index) => string.Create(CultureInfo.InvariantCulture, $"_c{index}");

    private static Schema Numbered(IReadOnlyList<Field> columns) => new([.. columns.Select((f, c) => new Field(Column(c), f.DataType, nullable: true, f.Metadata))], null);

    private static async IAsyncEnumerable<RecordBatch> NoBatches()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    private static async IAsyncEnumerable<RecordBatch> Each(List<RecordBatch> batches)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var batch in batches)
        {
            yield return batch;
        }
    }
}
