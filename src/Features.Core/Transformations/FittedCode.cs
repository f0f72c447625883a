using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.Transformations;

/// <summary>A whole number for a value.</summary>
public abstract class FittedCode : FittedTransformation
{
    private protected FittedCode(string column, IArrowType input, string output, long count)
        : base(column, input, One(output, Int32Type.Default), count)
    {
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<object?> Apply(object? value) => [Of(value is null ? null : ScalarValue.Key(value, Input, Column))];

    internal sealed override IReadOnlyList<IArrowArray> ApplyTo(IArrowArray column)
    {
        var keys = ValueKey.Of(column);
        var codes = new Int32Array.Builder().Reserve(column.Length);
        for (var i = 0; i < column.Length; i++)
        {
            codes.Append(Of(column.IsNull(i) ? null : keys(i)));
        }

        return [codes.Build()];
    }

    private protected abstract int? Of(ValueKey? value);
}
