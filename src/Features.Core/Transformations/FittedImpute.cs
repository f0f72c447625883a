using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>The value, or what was learned in place of null; of the column's type, so that a mean of whole numbers is rounded (to even). NaN is a value. If nothing was learned, null stays null.</summary>
public sealed class FittedImpute : FittedTransformation
{
    internal FittedImpute(string column, IArrowType input, string output, long count, Imputation by, ValueKey? fillKey)
        : base(column, input, One(output, input), count) => (By, FillKey) = (by, fillKey);

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.Impute;

    /// <summary>By what.</summary>
    public Imputation By { get; }

    /// <summary>What stands in for null; null if there were no values to learn it from.</summary>
    public object? Fill => FillKey is { } key ? ScalarValue.Value(key, Input) : null;

    internal ValueKey? FillKey { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<object?> Apply(object? value) => [value is null ? Fill : ScalarValue.Value(ScalarValue.Key(value, Input, Column), Input)];

    internal override IReadOnlyList<IArrowArray> ApplyTo(IArrowArray column)
    {
        if (FillKey is not { } fill)
        {
            return [ArrowArrayFactory.BuildArray(column.Data.Clone())];
        }

        var keys = ValueKey.Of(column);
        IArrowArray filled = Input switch
        {
            BooleanType => Build(new BooleanArray.Builder(), column, i => keys(i).Number != 0, fill.Number != 0, static (b, v) => b.Append(v)).Build(),
            Int32Type => Build(new Int32Array.Builder(), column, i => (int)keys(i).Number, (int)fill.Number, static (b, v) => b.Append(v)).Build(),
            Int64Type => Build(new Int64Array.Builder(), column, i => keys(i).Number, fill.Number, static (b, v) => b.Append(v)).Build(),
            FloatType => Build(new FloatArray.Builder(), column, i => (float)OrderedDouble.Decode(keys(i).Number), (float)OrderedDouble.Decode(fill.Number), static (b, v) => b.Append(v)).Build(),
            DoubleType => Build(new DoubleArray.Builder(), column, i => OrderedDouble.Decode(keys(i).Number), OrderedDouble.Decode(fill.Number), static (b, v) => b.Append(v)).Build(),
            StringType => Build(new StringArray.Builder(), column, i => keys(i).Text!, fill.Text!, static (b, v) => b.Append(v)).Build(),
            Date32Type => new Date32Array(
                Build(new ArrowBuffer.Builder<int>(column.Length), column, i => (int)keys(i).Number, (int)fill.Number, static (b, v) => b.Append(v)).Build(), ArrowBuffer.Empty, column.Length, 0, 0),
            TimestampType type => new TimestampArray(
                type, Build(new ArrowBuffer.Builder<long>(column.Length), column, i => keys(i).Number, fill.Number, static (b, v) => b.Append(v)).Build(), ArrowBuffer.Empty, column.Length, 0, 0),
            _ => throw new InvalidOperationException($"no values of {Input.Name}"),
        };
        return [filled];
    }

    private static TBuilder Build<TBuilder, T>(TBuilder builder, IArrowArray column, Func<int, T> valueOf, T fill, Action<TBuilder, T> append)
    {
        for (var i = 0; i < column.Length; i++)
        {
            append(builder, column.IsNull(i) ? fill : valueOf(i));
        }

        return builder;
    }
}
