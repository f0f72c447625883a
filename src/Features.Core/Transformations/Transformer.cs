using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>Applies fitted transformations one after another, each to the columns that stand or to what an earlier one made. Immutable; safe for many threads.</summary>
/// <param name="fitted">The transformations, in the order in which the training set declares them.</param>
public sealed class Transformer(IReadOnlyList<FittedTransformation> fitted)
{
    /// <summary>The transformations, in order.</summary>
    public IReadOnlyList<FittedTransformation> Fitted => fitted;

    /// <summary>The columns that must be there; those that are made on the way are not among them.</summary>
    public IReadOnlyList<string> Inputs { get; } = InputsOf(fitted);

    /// <summary>The columns of the result: those given, then the outputs in order.</summary>
    /// <exception cref="TransformationException">A column is missing or of another type, or one that would be made stands already.</exception>
    public Schema Over(Schema input)
    {
        var fields = input.FieldsList.ToList();
        var names = fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var one in fitted)
        {
            var read = fields.FirstOrDefault(f => f.Name == one.Column)
                ?? throw new TransformationException("transformation-column", $"there is no column '{one.Column}' to be transformed ({FittedTransformation.WordOf(one.Kind)}); {NearNames.Hint(one.Column, names, "columns")}");
            if (!IsSame(read.DataType, one.Input))
            {
                throw new TransformationException("transformation-type", $"the column '{one.Column}' was {FeatureTypes.Name(one.Input)} when its transformation was fitted and is {FeatureTypes.Name(read.DataType)}; make the training set again");
            }

            foreach (var made in one.Outputs)
            {
                if (!names.Add(made.Name))
                {
                    throw new TransformationException("transformation-clash", $"the transformation of '{one.Column}' makes a column '{made.Name}', which stands already; name its output (as)");
                }

                fields.Add(made);
            }
        }

        return new Schema(fields, input.Metadata);
    }

    /// <summary>The batch with the outputs appended. The given columns pass to the result: dispose it, and not the batch as well.</summary>
    /// <exception cref="TransformationException">As for <see cref="Over"/>.</exception>
    public RecordBatch Apply(RecordBatch batch)
    {
        var schema = Over(batch.Schema);
        var columns = new Dictionary<string, IArrowArray>(StringComparer.Ordinal);
        for (var i = 0; i < batch.ColumnCount; i++)
        {
            columns[batch.Schema.GetFieldByIndex(i).Name] = batch.Column(i);
        }

        foreach (var one in fitted)
        {
            foreach (var (field, made) in one.Outputs.Zip(one.ApplyTo(columns[one.Column])))
            {
                columns[field.Name] = made;
            }
        }

        return new RecordBatch(schema, schema.FieldsList.Select(f => columns[f.Name]), batch.Length);
    }

    /// <summary>Adds the outputs to a row, by column name; a column that the row does not have counts as null. The values are as <see cref="FittedTransformation.Apply(object?)"/> has them.</summary>
    /// <exception cref="TransformationException">A value is not of its column's type.</exception>
    public void Apply(IDictionary<string, object?> row)
    {
        foreach (var one in fitted)
        {
            var made = one.Apply(row.TryGetValue(one.Column, out var value) ? value : null);
            for (var i = 0; i < made.Count; i++)
            {
                row[one.Outputs[i].Name] = made[i];
            }
        }
    }

    private static bool IsSame(IArrowType left, IArrowType right) => left.TypeId == right.TypeId
        && (left is not TimestampType a || right is not TimestampType b || a.Unit == b.Unit && string.IsNullOrEmpty(a.Timezone) == string.IsNullOrEmpty(b.Timezone));

    private static List<string> InputsOf(IReadOnlyList<FittedTransformation> fitted)
    {
        var (inputs, made) = (new List<string>(), new HashSet<string>());
        foreach (var one in fitted)
        {
            if (!made.Contains(one.Column) && !inputs.Contains(one.Column))
            {
                inputs.Add(one.Column);
            }

            made.UnionWith(one.Outputs.Select(o => o.Name));
        }

        return inputs;
    }
}
