using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>
/// What was learned from a column of a training set's train part, and how it is applied: to whole columns for the set, to one value for an online answer, by the same function. Immutable; safe for many threads.
/// </summary>
public abstract class FittedTransformation
{
    private protected FittedTransformation(string column, IArrowType input, IReadOnlyList<Field> outputs, long count)
    {
        if (!ScalarValue.IsKnown(input))
        {
            throw new TransformationException("transformation-type", $"the column '{column}' is of type {input.Name}, which no transformation reads; cast it to a number, text, boolean, date or timestamp in microseconds");
        }

        (Column, Input, Outputs, Count) = (column, input, outputs, count);
    }

    /// <summary>The column that it reads.</summary>
    public string Column { get; }

    /// <summary>That column's type.</summary>
    public IArrowType Input { get; }

    /// <summary>The columns that it makes, in order; one-hot makes one for each value, the others make one.</summary>
    public IReadOnlyList<Field> Outputs { get; }

    /// <summary>The values that it learned from: those of the train part that are not null (and, of numbers that are reckoned with, finite); 0 for what learns nothing.</summary>
    public long Count { get; }

    /// <summary>What it does.</summary>
    public abstract TransformationKind Kind { get; }

    /// <summary>The outputs for one value, in the order of <see cref="Outputs"/>.</summary>
    /// <param name="value">As an online answer has it: null, bool, any number, string, <see cref="DateOnly"/>, <see cref="DateTime"/> or <see cref="DateTimeOffset"/> (or whole microseconds since 1970 UTC, or days).</param>
    /// <returns>Doubles, ints, and (impute) values of the column's type.</returns>
    /// <exception cref="TransformationException">The value is not of the column's type.</exception>
    public abstract IReadOnlyList<object?> Apply(object? value);

    /// <summary>The outputs for a column.</summary>
    internal abstract IReadOnlyList<IArrowArray> ApplyTo(IArrowArray column);

    /// <summary>The word for a kind in names and JSON: <c>standardize</c>, <c>min_max</c>, <c>quantile</c>, <c>vocabulary</c>, <c>one_hot</c>, <c>hash</c>, <c>impute</c>.</summary>
    internal static string WordOf(TransformationKind kind) => kind switch
    {
        TransformationKind.MinMax => "min_max",
        TransformationKind.OneHot => "one_hot",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private protected static Field[] One(string name, IArrowType type) => [new Field(name, type, nullable: true)];
}
