using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>The features of one on-demand view, over what a request's rows have: the same expressions by the same engine as offline.</summary>
internal sealed class OnDemandPlan
{
    private const string Rows = "_rows";
    private const string Row = "_row";

    private OnDemandPlan(OnDemandView view, IReadOnlyList<(string Name, int Column)> inputs, IReadOnlyList<Feature> features, IReadOnlyList<string> names)
    {
        (View, Inputs, Features, Names) = (view, inputs, features, names);
        Text = $"SELECT {string.Join(", ", features.Select((f, i) => $"{Sql.Enclosed(f.Expression)} AS _value{i}"))} FROM {Rows} ORDER BY {Row}";
    }

    public OnDemandView View { get; }

    /// <summary>What expressions call the features that they read, and where those are among the plan's.</summary>
    public IReadOnlyList<(string Name, int Column)> Inputs { get; }

    public IReadOnlyList<Feature> Features { get; }

    /// <summary>The names of the features in the answer.</summary>
    public IReadOnlyList<string> Names { get; }

    private string Text { get; }

    public static OnDemandPlan Of(IReadOnlyList<SelectedOnDemand> features, IReadOnlyList<SelectedFeature> joined, bool fullNames)
    {
        var places = joined.Select((f, i) => (Feature: f, Place: i)).ToDictionary(f => f.Feature, f => f.Place);
        return new OnDemandPlan(
            features[0].View, [.. features[0].Inputs.Select(i => (i.Name, places[i.Feature]))], [.. features.Select(f => f.Feature)], [.. features.Select(f => f.OutputName(fullNames))]);
    }

    /// <summary>Computes the columns.</summary>
    public async Task<IReadOnlyList<OnlineColumn>> ComputeAsync(ISqlSession session, OnlineRequest request, IReadOnlyList<OnlineColumn> stored, int rows, CancellationToken cancellationToken)
    {
        var batch = BatchOf(request, stored, rows);
        await session.AddBatchesAsync(Rows, batch.Schema, One(batch), cancellationToken).ConfigureAwait(false);
        OnlineColumn[]? columns = null;
        var row = 0;
        await foreach (var result in session.QueryAsync(Text, cancellationToken).ConfigureAwait(false))
        {
            using (result)
            {
                columns ??= [.. Features.Select((f, i) => new OnlineColumn(Names[i], TypeOf(f, result.Column(i).Data.DataType), rows) { Reference = $"{View.Name}:{f.Name}" })];
                for (var c = 0; c < columns.Length; c++)
                {
                    var at = row;
                    foreach (var value in FeatureArrays.Read(result.Column(c)))
                    {
                        columns[c].Values[at] = value;
                        columns[c].EventMicros[at] = OnlineColumn.NoEvent;
                        columns[c].Statuses[at++] = value.IsNull ? FeatureStatus.NullValue : FeatureStatus.Present;
                    }
                }

                row += result.Length;
            }
        }

        return columns ?? [];
    }

    private RecordBatch BatchOf(OnlineRequest request, IReadOnlyList<OnlineColumn> stored, int rows)
    {
        var (fields, arrays) = (new List<Field> { new(Row, Int64Type.Default, nullable: false) }, new List<IArrowArray>());
        arrays.Add(FeatureArrays.Build(Int64Type.Default, [.. Enumerable.Range(0, rows).Select(r => FeatureValue.Of((long)r))]));
        foreach (var (name, column) in Inputs)
        {
            fields.Add(new Field(name, stored[column].Type, nullable: true));
            arrays.Add(FeatureArrays.Build(stored[column].Type, stored[column].Values));
        }

        foreach (var asked in View.Request)
        {
            var type = ReadPlan.ArrowOf(asked.Type);
            fields.Add(new Field(asked.Name, type, nullable: true));
            arrays.Add(FeatureArrays.Build(type, RequestColumns.Of(request, asked.Name, asked.Type, $"on-demand view '{View.Name}'")));
        }

        return new RecordBatch(new Schema(fields, null), arrays, rows);
    }

    private static IArrowType TypeOf(Feature feature, IArrowType type) =>
        FeatureTypes.Of(feature, type, out var problem) ?? throw new OnlineException(problem!);

    private static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return batch;
    }
}
