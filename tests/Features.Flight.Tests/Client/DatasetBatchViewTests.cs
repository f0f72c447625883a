using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Client;
using Features.Flight.Client.Messages;
using Features.Flight.Validation;
using Features.Flight.Layout;

namespace Features.Flight.Tests.Client;

public class DatasetBatchViewTests
{
    [Fact]
    public void Tensor_OfFloats_IsTheMatrixWithItsNamesAndMask()
    {
        using var batch = IpcBytes.Received(Packed(5));

        var tensor = batch.Tensor();

        Assert.Equal((5, 2, TensorType.Float32), (tensor.Rows, tensor.Width, tensor.Type));
        Assert.Equal(["a", "b"], tensor.Columns);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => i / 2f), tensor.Floats.ToArray());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (byte)(i % 2)), tensor.Mask.ToArray());
        Assert.True(tensor.Halves.IsEmpty);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => (long)i), batch.Values<long>("id").ToArray());
    }

    [Fact]
    public void Views_OfABatchThatBeginsLater_SkipItsFirstRows()
    {
        using var batch = IpcBytes.Received(Packed(5), first: 2, count: 3);

        Assert.Equal([4, 5, 6, 7, 8, 9], batch.Tensor().Floats.ToArray().Select(value => (int)(value * 2)));
        Assert.Equal([2L, 3L, 4L], batch.Values<long>("id").ToArray());
        Assert.Equal([2L, 3L, 4L], ((Int64Array)batch.Rows.Column("id")).Values.ToArray());
        using var two = batch.Take(2);
        Assert.Equal([2L, 3L], two.Values<long>("id").ToArray());
        Assert.Throws<ObjectDisposedException>(() => batch.Values<long>("id"));
    }

    [Fact]
    public void Views_OfWhatTheyCannotShow_SayWhatToDo()
    {
        using var batch = IpcBytes.Received(Tables.Rows(0, 100));

        Assert.Contains("Values<Single>", Assert.Throws<ArgumentException>(() => batch.Values<int>("score")).Message, StringComparison.Ordinal);
        Assert.Contains("nulls", Assert.Throws<ArgumentException>(() => batch.Values<float>("score")).Message, StringComparison.Ordinal);
        Assert.Contains("by Rows", Assert.Throws<ArgumentException>(() => batch.Values<int>("name")).Message, StringComparison.Ordinal);
        Assert.Contains("layout 'tensor'", Assert.Throws<ArgumentException>(() => batch.Tensor("id")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_WithBytesChanged_IsRefusedOrReadInsideOfItsBody()
    {
        using var rows = Tables.Rows(0, 30);
        var messages = IpcBytes.Messages(rows.Schema, rows);
        var shape = new SchemaShape(rows.Schema);
        Gen.Select(Gen.Bool, Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                var (header, body) = ((byte[])messages[1].Header.Clone(), (byte[])messages[1].Body.Clone());
                foreach (var (isHeader, at, value) in changes)
                {
                    var bytes = isHeader ? header : body;
                    bytes[at % bytes.Length] = value;
                }

                try
                {
                    using var batch = IpcBytes.Received(shape, header, body, 0, 30);
                    _ = batch.Rows;
                }
                catch (Exception fault) when (fault is InvalidDataException or IpcFormatException)
                {
                    // The only way to refuse.
                }
            },
            iter: 5_000);
    }

    private static RecordBatch Packed(int rows)
    {
        var features = new FixedSizeListArray.Builder(new Field("item", FloatType.Default, false), 2);
        var mask = new FixedSizeListArray.Builder(new Field("item", UInt8Type.Default, false), 2);
        for (var row = 0; row < rows; row++)
        {
            features.Append();
            ((FloatArray.Builder)features.ValueBuilder).Append(row).Append(row + 0.5f);
            mask.Append();
            ((UInt8Array.Builder)mask.ValueBuilder).Append(0).Append(1);
        }

        var (packed, present) = (features.Build(), mask.Build());
        var schema = new Schema(
            [
                new Field("features", packed.Data.DataType, false, new Dictionary<string, string> { ["features.columns"] = """["a","b"]""" }),
                new Field("features_mask", present.Data.DataType, false),
                new Field("id", Int64Type.Default, false),
            ],
            metadata: null);
        return new RecordBatch(schema, [packed, present, new Int64Array.Builder().AppendRange(Enumerable.Range(0, rows).Select(i => (long)i)).Build()], rows);
    }
}
