using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.Transformations;

/// <summary>A number for a number. What learned from no values gives null for all.</summary>
public abstract class FittedScaling : FittedTransformation
{
    private protected FittedScaling(string column, IArrowType input, string output, long count)
        : base(column, input, One(output, DoubleType.Default), count)
    {
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<object?> Apply(object? value) => [value is null ? null : Of(ScalarValue.Number(value, Input, Column))];

    internal sealed override IReadOnlyList<IArrowArray> ApplyTo(IArrowArray column)
    {
        var numbers = ScalarValue.Numbers(column);
        var scaled = new DoubleArray.Builder().Reserve(column.Length);
        for (var i = 0; i < column.Length; i++)
        {
            scaled.Append(column.IsNull(i) ? null : Of(numbers(i)));
        }

        return [scaled.Build()];
    }

    private protected abstract double? Of(double value);
}
