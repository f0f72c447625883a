using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Arrays;

namespace Features.Core.PointInTime;

/// <summary>
/// Reads the key columns of batches as ids. One integer is its own key; any other key is encoded as a typed tuple: 8 bytes for what is fixed in width, a length and the bytes for the rest, so that ("1","23") and ("12","3") differ.
/// A key with a null or a NaN in it has no id.
/// </summary>
internal sealed class KeyReader(IReadOnlyList<KeyFamily> families)
{
    /// <summary>The id of a row without a key, or of a key that nobody asked for.</summary>
    public const int None = -1;

    private readonly LongDictionary? integers = families is [KeyFamily.Integer] ? new() : null;
    private readonly ByteDictionary tuples = new();
    private readonly ByteDictionary texts = new();
    private readonly byte[] uuid = new byte[16];
    private byte[] buffer = new byte[256];

    public IReadOnlyList<KeyFamily> Families { get; } = families;

    /// <summary>How many keys have ids.</summary>
    public int Count => integers?.Count ?? tuples.Count;

    /// <summary>Bytes that are held.</summary>
    public long Bytes => integers?.Bytes ?? tuples.Bytes;

    /// <summary>The ids of all rows. With <paramref name="add"/> unknown keys get an id; without, they have none.</summary>
    public void Read(IReadOnlyList<IArrowArray> columns, Span<int> ids, bool add)
    {
        if (integers is not null)
        {
            ReadIntegers(columns[0], ids, add);
            return;
        }

        var cells = columns.Select((c, i) => Families[i] is KeyFamily.Text or KeyFamily.Binary or KeyFamily.Uuid ? null
            : Families[i] == KeyFamily.Timestamp ? CellReader.Moments(c, "key") : CellReader.Of(c, texts)).ToArray();
        for (var row = 0; row < ids.Length; row++)
        {
            var length = Encode(columns, cells, row);
            ids[row] = length < 0 ? None : add ? tuples.GetOrAdd(buffer.AsSpan(0, length)) : tuples.Find(buffer.AsSpan(0, length));
        }
    }

    private void ReadIntegers(IArrowArray column, Span<int> ids, bool add)
    {
        if (column is Int64Array { NullCount: 0 } longs)
        {
            var values = longs.Values;
            for (var row = 0; row < ids.Length; row++)
            {
                ids[row] = add ? integers!.GetOrAdd(values[row]) : integers!.Find(values[row]);
            }

            return;
        }

        var read = CellReader.Of(column, texts);
        for (var row = 0; row < ids.Length; row++)
        {
            ids[row] = column.IsNull(row) ? None : add ? integers!.GetOrAdd(read(row)) : integers!.Find(read(row));
        }
    }

    private int Encode(IReadOnlyList<IArrowArray> columns, Func<int, long>?[] cells, int row)
    {
        var length = 0;
        for (var c = 0; c < columns.Count; c++)
        {
            if (columns[c].IsNull(row))
            {
                return None;
            }

            if (cells[c] is { } read)
            {
                var cell = read(row);
                if (Families[c] == KeyFamily.Float && double.IsNaN(OrderedDouble.Decode(cell)))
                {
                    return None;
                }

                Ensure(length + 8);
                BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(length), cell);
                length += 8;
            }
            else
            {
                ReadOnlySpan<byte> bytes = columns[c] is FixedSizeBinaryArray fixedSize ? fixedSize.GetBytes(row) : ((BinaryArray)columns[c]).GetBytes(row);
                if (Families[c] == KeyFamily.Uuid && columns[c] is StringArray && Guid.TryParse(bytes, out var id))
                {
                    id.TryWriteBytes(uuid, bigEndian: true, out _);
                    bytes = uuid;
                }

                Ensure(length + 4 + bytes.Length);
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(length), bytes.Length);
                bytes.CopyTo(buffer.AsSpan(length + 4));
                length += 4 + bytes.Length;
            }
        }

        return length;
    }

    private void Ensure(int length)
    {
        if (length > buffer.Length)
        {
            System.Array.Resize(ref buffer, Math.Max(length, buffer.Length * 2));
        }
    }
}
