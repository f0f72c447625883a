using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Server.Workspaces;

/// <summary>A column whose cells are read as one CLR type.</summary>
internal sealed class RowColumn
{
    private readonly int index;
    private readonly string name;
    private readonly Type target;
    private readonly bool converts;
    private readonly bool takesNull;

    private RowColumn(int index, string name, Type target, bool converts, bool takesNull) =>
        (this.index, this.name, this.target, this.converts, this.takesNull) = (index, name, target, converts, takesNull);

    /// <summary>The column at an index, read as a type; null, and a fault more, where its cells do not fit.</summary>
    public static RowColumn? Over(Schema schema, int index, Type type, bool takesNull, List<string> faults)
    {
        var field = schema.FieldsList[index];
        var target = Nullable.GetUnderlyingType(type) ?? type;
        var cell = ArrowCell.TypeOf(field.DataType);
        if (cell is not null && (cell == target || Widens(field.DataType, target)))
        {
            return new RowColumn(index, field.Name, target, cell != target, takesNull);
        }

        faults.Add($"column '{field.Name}' holds {cell?.Name ?? "nested values"}, which is not read as {target.Name}; {(cell is null ? "select its parts" : $"declare it as {cell.Name}, or cast it in the query")}");
        return null;
    }

    /// <exception cref="WorkspaceException">The cell is missing where it may not be, or is out of the type's range.</exception>
    public object? Read(RecordBatch batch, int row)
    {
        try
        {
            return ArrowCell.Read(batch.Column(index), row) switch
            {
                null when !takesNull => throw new WorkspaceException("row-type", $"column '{name}' has a row without a value; declare it as {target.Name}?, or leave such rows out"),
                { } value when converts => Convert.ChangeType(value, target, CultureInfo.InvariantCulture),
                var value => value,
            };
        }
        catch (OverflowException fault)
        {
            throw new WorkspaceException("row-type", $"column '{name}' has a value beyond the range of {target.Name}; declare a wider type, or cast it in the query", fault);
        }
    }

    /// <summary>Whole numbers may become any number (checked row by row), decimals a fraction, and fractions a fraction.</summary>
    private static bool Widens(IArrowType from, Type target) => from switch
    {
        IntegerType or Decimal128Type { Scale: 0 } => IsInteger(target) || IsFraction(target) || target == typeof(decimal),
        Decimal128Type or FloatType or DoubleType => IsFraction(target),
        _ => false,
    };

    private static bool IsFraction(Type type) => Type.GetTypeCode(type) is TypeCode.Single or TypeCode.Double;

    private static bool IsInteger(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;
}
