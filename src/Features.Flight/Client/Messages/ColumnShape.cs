using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Client.Messages;

/// <summary>Where a column's parts stand among the nodes and buffers of a record batch message, which are its columns' in depth-first order.</summary>
internal sealed class ColumnShape
{
    private ColumnShape(Field field, int node, int firstBuffer, ColumnShape[] children)
    {
        (Field, Node, FirstBuffer, Children) = (field, node, firstBuffer, children);
        Stored = field.DataType is DictionaryType dictionary ? dictionary.IndexType : field.DataType;
        Kind = Stored switch
        {
            NullType => ColumnKind.Null,
            FixedWidthType => ColumnKind.FixedWidth,
            StringType or BinaryType => ColumnKind.Variable,
            LargeStringType or LargeBinaryType => ColumnKind.LargeVariable,
            ListType or MapType => ColumnKind.List,
            LargeListType => ColumnKind.LargeList,
            FixedSizeListType => ColumnKind.FixedSizeList,
            StructType => ColumnKind.Struct,
            _ => throw new InvalidDataException($"the column '{field.Name}' has the type {field.DataType.Name}, which this client does not read; leave it out of the request"),
        };
        BitWidth = Kind == ColumnKind.FixedWidth ? ((FixedWidthType)Stored).BitWidth : 0;
        ListSize = Stored is FixedSizeListType list ? list.ListSize : 0;
    }

    public Field Field { get; }

    /// <summary>The type of what is in the message: of a dictionary's indices.</summary>
    public IArrowType Stored { get; }

    public ColumnKind Kind { get; }

    public int BitWidth { get; }

    public int ListSize { get; }

    public int Node { get; }

    public int FirstBuffer { get; }

    public ColumnShape[] Children { get; }

    public int Buffers => Kind switch
    {
        ColumnKind.Null => 0,
        ColumnKind.Struct or ColumnKind.FixedSizeList => 1,
        ColumnKind.Variable or ColumnKind.LargeVariable => 3,
        _ => 2,
    };

    /// <summary>The shapes of columns, and how many nodes and buffers a message of them has.</summary>
    public static (ColumnShape[] Columns, int Nodes, int Buffers) Of(IReadOnlyList<Field> fields)
    {
        var (nodes, buffers) = (0, 0);
        return ([.. fields.Select(field => Of(field, ref nodes, ref buffers))], nodes, buffers);
    }

    private static ColumnShape Of(Field field, ref int nodes, ref int buffers)
    {
        var (node, first) = (nodes++, buffers);
        IReadOnlyList<Field> inner = field.DataType is NestedType nested ? nested.Fields : [];
        buffers += new ColumnShape(field, node, first, []).Buffers;
        var children = new ColumnShape[inner.Count];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = Of(inner[i], ref nodes, ref buffers);
        }

        return new ColumnShape(field, node, first, children);
    }
}
