using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.Spec;
using Schema = Apache.Arrow.Schema;

namespace Features.DuckDb.Writing;

/// <summary>Bytes of a length that only the table knows: the engine has no such type, and gives them as bytes of any length.</summary>
internal static class FixedColumns
{
    /// <summary>The rows' schema, in which bytes have the length of the table's column of the name. A value of another length is an <see cref="InvalidDataException"/> when it is read.</summary>
    internal static Schema Of(Schema given, Features.Iceberg.Spec.Schema table) =>
        new([.. given.FieldsList.Select(f => table.Find(f.Name) is { } column ? Of(f, column.Type) : f)], given.Metadata);

    private static Field Of(Field given, IcebergType wanted) => new(given.Name, Of(given.DataType, wanted), given.IsNullable, given.Metadata);

    private static IArrowType Of(IArrowType given, IcebergType wanted) => (given, wanted) switch
    {
        (BinaryType, PrimitiveType { Kind: PrimitiveKind.Fixed } type) => new FixedSizeBinaryType(type.Length),
        (Apache.Arrow.Types.StructType g, Features.Iceberg.Spec.StructType w) when g.Fields.Count == w.Fields.Count => new Apache.Arrow.Types.StructType([.. g.Fields.Zip(w.Fields, (f, t) => Of(f, t.Type))]),
        (Apache.Arrow.Types.MapType g, Features.Iceberg.Spec.MapType w) => new Apache.Arrow.Types.MapType(Of(g.KeyField, w.Key), Of(g.ValueField, w.Value)),
        (Apache.Arrow.Types.MapType, _) => given,
        (Apache.Arrow.Types.ListType g, Features.Iceberg.Spec.ListType w) => new Apache.Arrow.Types.ListType(Of(g.ValueField, w.Element)),
        _ => given,
    };
}
