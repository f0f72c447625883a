using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;
using System.Text;

namespace Features.Core.Online;

/// <summary>
/// An entity's key as bytes: for each column a tag of its kind, then its value, texts and binaries after their length; so that equal keys are equal bytes, whatever width or form their columns have, and no two keys
/// are. A key with a null in it has no bytes.
/// </summary>
public static class OnlineKeys
{
    private const byte Integer = 1, Boolean = 2, Date = 3, Text = 4, Binary = 5, Uuid = 6, Timestamp = 7;

    /// <summary>The key of each row of a batch, by the columns that are called as the entity's keys; null where there is none.</summary>
    /// <exception cref="OnlineException">A column is missing, or is of another type than the entity declares.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>?> Encode(Entity entity, RecordBatch batch)
    {
        var columns = entity.Keys.Select(key => Writer(entity, key, batch)).ToList();
        var keys = new ReadOnlyMemory<byte>?[batch.Length];
        var writer = new ByteWriter();
        for (var row = 0; row < keys.Length; row++)
        {
            writer.Clear();
            var isWhole = true;
            foreach (var (array, write) in columns)
            {
                isWhole &= !array.IsNull(row);
                if (!isWhole)
                {
                    break;
                }

                write(writer, row);
            }

            keys[row] = isWhole ? writer.ToArray() : default(ReadOnlyMemory<byte>?);
        }

        return keys;
    }

    /// <summary>Keys as a batch of the entity's key columns, in the types that the view's rows have. The caller disposes it.</summary>
    public static RecordBatch Decode(OnlineViewPlan view, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var decoded = keys.Select(k => Values(view.Entity, k)).ToList();
        var fields = view.Entity.Keys.Select(k => view.Schema.GetFieldByName(k.Name)).ToList();
        return new RecordBatch(new Schema(fields, null), fields.Select((f, i) => FeatureArrays.Build(f.DataType, [.. decoded.Select(d => d[i])])), keys.Count);
    }

    /// <summary>The values of an encoded key, in the order of the entity's keys.</summary>
    public static IReadOnlyList<FeatureValue> Values(Entity entity, ReadOnlyMemory<byte> key)
    {
        var cursor = new ByteCursor(key);
        var values = new FeatureValue[entity.Keys.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = cursor.Byte() switch
            {
                Integer => FeatureValue.Of(cursor.Signed()),
                Boolean => FeatureValue.Of(cursor.Byte() != 0),
                Date => FeatureValue.OfDate((int)cursor.Signed()),
                Timestamp => FeatureValue.OfTimestamp(cursor.Signed()),
                Text => FeatureValue.Of(cursor.Text()),
                Uuid => FeatureValue.Of(new Guid(cursor.Raw(16).Span, bigEndian: true)),
                _ => FeatureValue.Of(cursor.Bytes().ToArray()),
            };
        }

        return values;
    }

    /// <summary>Writes one value of a request as a key column of a declared type; false for null.</summary>
    internal static bool TryWrite(ByteWriter writer, string type, FeatureValue value, string name, int row)
    {
        if (value.IsNull)
        {
            return false;
        }

        switch (FeatureValues.Coerce(value, FeatureValues.KindOf(type)))
        {
            case { Kind: FeatureValueKind.Integer } v:
                writer.Byte(Integer).Signed(v.AsInteger());
                break;
            case { Kind: FeatureValueKind.Boolean } v:
                writer.Byte(Boolean).Byte(v.AsBoolean() ? (byte)1 : (byte)0);
                break;
            case { Kind: FeatureValueKind.Date } v:
                writer.Byte(Date).Signed(v.AsDays());
                break;
            case { Kind: FeatureValueKind.Timestamp } v:
                writer.Byte(Timestamp).Signed(v.AsMicros());
                break;
            case { Kind: FeatureValueKind.Text } v:
                writer.Byte(Text).Text(v.AsText());
                break;
            case { Kind: FeatureValueKind.Uuid } v:
                v.AsUuid().TryWriteBytes(writer.Byte(Uuid).Reserve(16), bigEndian: true, out _);
                break;
            case { Kind: FeatureValueKind.Binary } v:
                writer.Byte(Binary).Bytes(v.AsBinary());
                break;
            default:
                throw new OnlineException($"the key '{name}' is declared {type}, and row {row} has {value.Kind.ToString().ToLowerInvariant()} '{value}'; send a value of that type");
        }

        return true;
    }

    private static (IArrowArray Array, Action<ByteWriter, int> Write) Writer(Entity entity, EntityKey key, RecordBatch batch)
    {
        var index = batch.Schema.GetFieldIndex(key.Name);
        if (index < 0 || !batch.Schema.FieldsList.Any(f => f.Name == key.Name))
        {
            throw new OnlineException($"the key '{key.Name}' of entity '{entity.Name}' is no column of the rows; {NearNames.Hint(key.Name, [.. batch.Schema.FieldsList.Select(f => f.Name)], "columns")}");
        }

        var array = batch.Column(index);
        Action<ByteWriter, int>? write = (FeatureValues.KindOf(key.Type), array) switch
        {
            (FeatureValueKind.Integer, Int8Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, Int16Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, Int32Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, Int64Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, UInt8Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, UInt16Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Integer, UInt32Array a) => (w, i) => w.Byte(Integer).Signed(a.Values[i]),
            (FeatureValueKind.Boolean, BooleanArray a) => (w, i) => w.Byte(Boolean).Byte(a.GetValue(i)!.Value ? (byte)1 : (byte)0),
            (FeatureValueKind.Date, Date32Array a) => (w, i) => w.Byte(Date).Signed(a.Values[i]),
            (FeatureValueKind.Timestamp, TimestampArray or Date32Array) when CellReader.ClockProblem(array.Data.DataType, key.Name) is null => Moments(CellReader.Moments(array, key.Name)),
            (FeatureValueKind.Text, StringArray a) => (w, i) => w.Byte(Text).Bytes(a.GetBytes(i)),
            (FeatureValueKind.Uuid, StringArray a) => (w, i) => new Guid(Encoding.UTF8.GetString(a.GetBytes(i))).TryWriteBytes(w.Byte(Uuid).Reserve(16), bigEndian: true, out _),
            (FeatureValueKind.Uuid, FixedSizeBinaryArray a) => (w, i) => w.Byte(Uuid).Raw(a.GetBytes(i)),
            (FeatureValueKind.Uuid, BinaryArray a) => (w, i) => w.Byte(Uuid).Raw(a.GetBytes(i)),
            (FeatureValueKind.Binary, FixedSizeBinaryArray a) => (w, i) => w.Byte(Binary).Bytes(a.GetBytes(i)),
            (FeatureValueKind.Binary, BinaryArray a and not StringArray) => (w, i) => w.Byte(Binary).Bytes(a.GetBytes(i)),
            _ => null,
        };
        return (array, write ?? throw new OnlineException($"the key '{key.Name}' of entity '{entity.Name}' is declared {key.Type} and is {FeatureTypes.Name(array.Data.DataType)} in the rows; cast it, or correct the entity"));
    }

    private static Action<ByteWriter, int> Moments(Func<int, long> moments) => (w, i) => w.Byte(Timestamp).Signed(moments(i));
}
