using System.Runtime.InteropServices;
using Features.Flight.Client.Memory;
using Features.Flight.Validation;

namespace Features.Flight.Client.Messages;

/// <summary>
/// A record batch message whose every length and range was checked against its body, so that views into it lie inside. One object serves
/// message after message of its stream.
/// </summary>
internal sealed class ReceivedBatch(SchemaShape shape)
{
    private const int NodeBytes = 16;
    private const int BufferBytes = 16;

    private readonly int[] lengths = new int[shape.Nodes];
    private readonly int[] nulls = new int[shape.Nodes];
    private readonly int[] starts = new int[shape.Buffers];
    private readonly int[] sizes = new int[shape.Buffers];

    public SchemaShape Shape => shape;

    /// <summary>Its memory; null if it has no body.</summary>
    public BodyBlock? Block { get; private set; }

    public int BodyBytes { get; private set; }

    /// <summary>Bytes of the gRPC message that it came in.</summary>
    public int MessageBytes { get; private set; }

    public int Rows { get; private set; }

    /// <summary>Where it stands in the epoch; null if the message does not say.</summary>
    public BatchPlace? Place { get; private set; }

    public int Length(ColumnShape column) => lengths[column.Node];

    public int Nulls(ColumnShape column) => nulls[column.Node];

    /// <summary>Where a column's buffer begins in the body.</summary>
    public int Start(ColumnShape column, int buffer) => starts[column.FirstBuffer + buffer];

    public int Size(ColumnShape column, int buffer) => sizes[column.FirstBuffer + buffer];

    public ReadOnlyMemory<byte> Buffer(ColumnShape column, int buffer) =>
        Block is null || Size(column, buffer) == 0 ? default : Block.Memory.Slice(Start(column, buffer), Size(column, buffer));

    /// <summary>Takes on a message; the block is this object's if it succeeds.</summary>
    /// <exception cref="IpcFormatException">The header is malformed.</exception>
    /// <exception cref="InvalidDataException">It does not belong to the schema, or points outside of the body.</exception>
    public void Read(FlatTable header, BodyBlock? block, int bodyBytes, int messageBytes, BatchPlace? place)
    {
        if (header.Has(3))
        {
            throw new InvalidDataException("the server sends compressed batches, which this client does not read; switch compression off");
        }

        if (header.Int64(0) is not (>= 0 and <= int.MaxValue and var rows))
        {
            throw new InvalidDataException($"a batch has {header.Int64(0)} rows");
        }

        ReadNodes(header.Vector(1, NodeBytes));
        ReadBuffers(header.Vector(2, BufferBytes), bodyBytes);
        (Block, BodyBytes, MessageBytes, Rows, Place) = (block, bodyBytes, messageBytes, (int)rows, place);
        foreach (var column in shape.Columns)
        {
            if (Length(column) != Rows)
            {
                Block = null;
                throw new InvalidDataException($"the column '{column.Field.Name}' has {Length(column)} rows, and its batch {Rows}");
            }
        }

        try
        {
            foreach (var column in shape.Columns)
            {
                Check(column);
            }
        }
        catch (InvalidDataException)
        {
            Block = null;
            throw;
        }
    }

    /// <summary>Lets go of the memory.</summary>
    public BodyBlock? Release()
    {
        var block = Block;
        Block = null;
        return block;
    }

    private void ReadNodes(FlatVector nodes)
    {
        if (nodes.Count != lengths.Length)
        {
            throw new InvalidDataException($"a batch describes {nodes.Count} columns, and its schema {lengths.Length}");
        }

        for (var i = 0; i < lengths.Length; i++)
        {
            var (length, missing) = (nodes.Int64(i), nodes.Int64(i, sizeof(long)));
            if (length is < 0 or > int.MaxValue || missing < 0 || missing > length)
            {
                throw new InvalidDataException($"a batch has a column of {length} values, {missing} of them null");
            }

            (lengths[i], nulls[i]) = ((int)length, (int)missing);
        }
    }

    private void ReadBuffers(FlatVector buffers, int bodyBytes)
    {
        if (buffers.Count != starts.Length)
        {
            throw new InvalidDataException($"a batch has {buffers.Count} buffers, and its schema {starts.Length}");
        }

        for (var i = 0; i < starts.Length; i++)
        {
            var (start, size) = (buffers.Int64(i), buffers.Int64(i, sizeof(long)));
            if (start < 0 || size < 0 || start > bodyBytes || size > bodyBytes - start)
            {
                throw new InvalidDataException($"a batch has a buffer at [{start}, {start} + {size}), outside of its body of {bodyBytes} bytes");
            }

            (starts[i], sizes[i]) = ((int)start, (int)size);
        }
    }

    private void Check(ColumnShape column)
    {
        long length = Length(column);
        if (column.Kind == ColumnKind.Null)
        {
            return;
        }

        if (Nulls(column) > 0)
        {
            Holds(column, buffer: 0, (length + 7) / 8);
        }

        switch (column.Kind)
        {
            case ColumnKind.FixedWidth:
                Holds(column, buffer: 1, ((length * column.BitWidth) + 7) / 8);
                break;
            case ColumnKind.Variable or ColumnKind.LargeVariable:
                Holds(column, buffer: 2, LastOffset(column));
                break;
            case ColumnKind.List or ColumnKind.LargeList:
                HasChild(column, LastOffset(column));
                break;
            case ColumnKind.FixedSizeList:
                HasChild(column, length * column.ListSize);
                break;
            default:
                foreach (var child in column.Children)
                {
                    if (Length(child) < length)
                    {
                        throw TooShort(column);
                    }
                }

                break;
        }

        foreach (var child in column.Children)
        {
            Check(child);
        }
    }

    private long LastOffset(ColumnShape column)
    {
        var length = Length(column);
        if (length == 0)
        {
            return 0;
        }

        var isLarge = column.Kind is ColumnKind.LargeVariable or ColumnKind.LargeList;
        Holds(column, buffer: 1, (length + 1L) * (isLarge ? 8 : 4));
        var offsets = Buffer(column, 1).Span;
        return isLarge ? MemoryMarshal.Read<long>(offsets[(length * 8)..]) : MemoryMarshal.Read<int>(offsets[(length * 4)..]);
    }

    private void HasChild(ColumnShape column, long least)
    {
        if (least < 0 || Length(column.Children[0]) < least)
        {
            throw TooShort(column);
        }
    }

    private void Holds(ColumnShape column, int buffer, long bytes)
    {
        if (bytes < 0 || Size(column, buffer) < bytes)
        {
            throw TooShort(column);
        }
    }

    private static InvalidDataException TooShort(ColumnShape column) => new($"the column '{column.Field.Name}' is shorter than its batch says");
}
