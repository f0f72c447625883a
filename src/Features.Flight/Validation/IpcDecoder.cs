using Apache.Arrow;

namespace Features.Flight.Validation;

/// <summary>
/// Reads the messages of one Arrow stream from a sender who is not trusted: headers, buffers and values are checked before anybody sees them. Batches lie
/// over the bodies that they came in, without a copy, and end with them.
/// </summary>
/// <param name="limits">What is taken.</param>
internal sealed class IpcDecoder(IpcLimits limits)
{
    private readonly Dictionary<long, ArrayData> dictionaries = [];
    private readonly Dictionary<long, long> dictionaryBytes = [];
    private WireSchema? wire;

    /// <summary>The schema; there is one once the first message was read.</summary>
    public Schema? Schema => wire?.Schema;

    /// <summary>Reads the next message.</summary>
    /// <param name="header">Its flatbuffer, without a length before it.</param>
    /// <param name="body">Its body, which must live as long as the batch, and for ever if it is a dictionary's.</param>
    /// <returns>The rows; null for a message that has none to hand out: the schema, or a dictionary.</returns>
    /// <exception cref="IpcFormatException">It is not what Arrow's format says, or more than is taken.</exception>
    public RecordBatch? Read(ReadOnlySpan<byte> header, ReadOnlyMemory<byte> body)
    {
        var message = MessageHeader.Read(header, body.Length, limits);
        if (message.Kind == MessageKind.Schema)
        {
            wire = wire is null ? new SchemaReader(limits).Read(message.Content) : throw new IpcFormatException("the stream has a second schema; a stream has one");
            return null;
        }

        if (wire is null)
        {
            throw new IpcFormatException("the stream begins without its schema; send it first");
        }

        if (message.Kind == MessageKind.DictionaryBatch)
        {
            ReadDictionary(wire, message.Content, body);
            return null;
        }

        var layout = BatchLayout.Read(message.Content, body.Length, limits);
        return new RecordBatch(wire.Schema, ReadColumns(wire.Columns, layout, body).Select(ArrowArrayFactory.BuildArray), layout.Rows);
    }

    private void ReadDictionary(WireSchema schema, FlatTable content, ReadOnlyMemory<byte> body)
    {
        var id = content.Int64(0);
        if (!schema.Dictionaries.TryGetValue(id, out var column))
        {
            throw new IpcFormatException($"the dictionary {id} belongs to no column");
        }

        if (content.Byte(2) != 0)
        {
            throw new IpcFormatException(column.Path, "its dictionary grows by deltas, which are not taken; send it whole each time");
        }

        var layout = BatchLayout.Read(content.Table(1, "dictionary values"), body.Length, limits);
        var values = new WireColumn(column.Path, new Field(column.Field.Name, column.Values, nullable: true), column.Values, null, column.Children);
        dictionaries[id] = ReadColumns([values], layout, body)[0];
        dictionaryBytes[id] = body.Length;
        if (dictionaryBytes.Values.Sum() > limits.DictionaryBytes)
        {
            throw new IpcFormatException(column.Path, $"the stream's dictionaries have more than {limits.DictionaryBytes} bytes; send plain values");
        }
    }

    private ArrayData[] ReadColumns(IReadOnlyList<WireColumn> columns, BatchLayout layout, ReadOnlyMemory<byte> body)
    {
        var reader = new ArrayReader(layout, body, dictionaries);
        var arrays = new ArrayData[columns.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            arrays[i] = reader.Read(columns[i], layout.Rows);
            if (arrays[i].Length != layout.Rows)
            {
                throw new IpcFormatException(columns[i].Path, $"it has {arrays[i].Length} values, and its batch has {layout.Rows} rows");
            }
        }

        if (!layout.IsDone)
        {
            throw new IpcFormatException("the batch has more arrays or buffers than its schema's columns need");
        }

        for (var i = 0; i < arrays.Length; i++)
        {
            ArrayCheck.Run(columns[i], arrays[i]);
        }

        return arrays;
    }
}
