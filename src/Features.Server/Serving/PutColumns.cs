using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Flight.Serving.Put;
using Features.Iceberg.Spec;
using Schema = Apache.Arrow.Schema;

namespace Features.Server.Serving;

/// <summary>Whether columns can be what a pipeline's contract promises: told before the first row, by name. Values that do not fit are told by the pipeline, and go to quarantine.</summary>
internal static class PutColumns
{
    /// <exception cref="PutException">Some cannot; the message names every one.</exception>
    public static void Check(Schema schema, PutRoute route)
    {
        var names = schema.FieldsList.Select(f => f.Name).ToList();
        var faults = names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => $"'{g.Key}' is there more than once").ToList();
        if (names.Count == 0)
        {
            faults.Add("there are none");
        }

        if (route.Pipeline.Contract is { } contract)
        {
            faults.AddRange(contract.Columns.Where(c => c.Required && !names.Contains(c.Name, StringComparer.OrdinalIgnoreCase)).Select(c => $"'{c.Name}' ({c.Type}) is missing, and required"));
            faults.AddRange(schema.FieldsList.Select(f => FaultOf(f, contract)).OfType<string>());
        }

        if (faults.Count > 0)
        {
            throw new PutException(PutFault.Unfit, $"the columns do not fit {route.Taker}: {string.Join("; ", faults)}");
        }
    }

    private static string? FaultOf(Field field, Contract contract)
    {
        if (contract.Columns.FirstOrDefault(c => string.Equals(c.Name, field.Name, StringComparison.OrdinalIgnoreCase)) is not { } column)
        {
            return $"'{field.Name}' is not among its plain columns ({string.Join(", ", contract.Columns.Select(c => c.Name))})";
        }

        return ColumnType.Parse(column.Type) is not { } type || CanBe(field.DataType, type.Kind) ? null : $"'{field.Name}' is {field.DataType.Name}, which cannot be {column.Type}";
    }

    private static bool CanBe(IArrowType arrow, PrimitiveKind kind) => arrow switch
    {
        NullType or Apache.Arrow.Types.StringType => kind != PrimitiveKind.Binary || arrow is NullType,
        BooleanType => kind is PrimitiveKind.Boolean or PrimitiveKind.String,
        Decimal256Type => false,
        Decimal32Type or Decimal64Type or Decimal128Type => IsNumber(kind) || kind == PrimitiveKind.String,
        Date32Type or Date64Type => kind is PrimitiveKind.Date or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.String,
        Time32Type or Time64Type => kind is PrimitiveKind.Time or PrimitiveKind.String,
        TimestampType => kind is PrimitiveKind.Date or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.String,
        Apache.Arrow.Types.BinaryType or FixedSizeBinaryType => kind == PrimitiveKind.Binary,
        NumberType => IsNumber(kind) || kind == PrimitiveKind.String,
        _ => false,
    };

    private static bool IsNumber(PrimitiveKind kind) => kind is PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Float or PrimitiveKind.Double or PrimitiveKind.Decimal;
}
