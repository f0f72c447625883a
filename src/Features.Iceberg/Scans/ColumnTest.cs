using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>Tests a predicate on every row of a column.</summary>
internal static class ColumnTest
{
    private delegate int OrderOf<in T>(T left, T right);

    private delegate ReadOnlySpan<byte> BytesAt(int row);

    /// <summary>The rows for which the predicate is true.</summary>
    /// <param name="predicate">The predicate.</param>
    /// <param name="columns">The structs on the way and then the column; a value within a null struct is null.</param>
    public static bool[] Evaluate(BoundPredicate predicate, IReadOnlyList<IArrowArray> columns)
    {
        var column = columns[^1];
        var result = new bool[column.Length];
        switch (predicate.Operator)
        {
            case PredicateOperator.IsNull or PredicateOperator.NotNull:
                for (var i = 0; i < result.Length; i++)
                {
                    result[i] = columns.Any(c => c.IsNull(i)) == (predicate.Operator == PredicateOperator.IsNull);
                }

                return result;
            case PredicateOperator.IsNan or PredicateOperator.NotNan:
                for (var i = 0; i < result.Length; i++)
                {
                    var isNan = (column is DoubleArray d && double.IsNaN(d.Values[i])) || (column is FloatArray f && float.IsNaN(f.Values[i]));
                    result[i] = isNan == (predicate.Operator == PredicateOperator.IsNan);
                }

                break;
            default:
                Compare(predicate, column, result);
                break;
        }

        foreach (var array in columns.Where(c => c.NullCount != 0))
        {
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = result[i] && array.IsValid(i);
            }
        }

        return result;
    }

    private static void Compare(BoundPredicate predicate, IArrowArray column, bool[] result)
    {
        switch (column)
        {
            case BooleanArray a:
                Test(predicate, result, i => BitUtility.GetBit(a.ValueBuffer.Span, a.Offset + i), v => (bool)v, (x, y) => x.CompareTo(y));
                break;
            case Int32Array a:
                Test(predicate, result, i => a.Values[i], v => (int)v, (x, y) => x.CompareTo(y));
                break;
            case Date32Array a:
                Test(predicate, result, i => a.Values[i], v => (int)v, (x, y) => x.CompareTo(y));
                break;
            case Int64Array a:
                Test(predicate, result, i => a.Values[i], v => (long)v, (x, y) => x.CompareTo(y));
                break;
            case Time64Array a:
                Test(predicate, result, i => a.Values[i], v => (long)v, (x, y) => x.CompareTo(y));
                break;
            case TimestampArray a:
                Test(predicate, result, i => a.Values[i], v => (long)v, (x, y) => x.CompareTo(y));
                break;
            case FloatArray a:
                Test(predicate, result, i => a.Values[i], v => (double)(float)v, Floating);
                break;
            case DoubleArray a:
                Test(predicate, result, i => a.Values[i], v => (double)v, Floating);
                break;
            case Decimal128Array a:
                Test(predicate, result, i => BinaryPrimitives.ReadInt128LittleEndian(a.ValueBuffer.Span[((a.Offset + i) * 16)..]), v => (Int128)(BigInteger)v, (x, y) => x.CompareTo(y));
                break;
            // Text in UTF-8 sorts by code point; both are binary arrays.
            case BinaryArray a:
                TestBytes(predicate, result, i => a.GetBytes(i));
                break;
            case FixedSizeBinaryArray a:
                TestBytes(predicate, result, i => a.GetBytes(i));
                break;
            case NullArray:
                break;
            default:
                throw new InvalidTableArgumentException($"column '{predicate.Source.Column}' is {column.Data.DataType.Name}, which is not compared as {SchemaJson.NameOf(predicate.Type)}");
        }
    }

    private static void Test<T>(BoundPredicate predicate, bool[] result, Func<int, T> at, Func<object, T> literal, OrderOf<T> order)
    {
        var values = predicate.Values.Select(literal).ToArray();
        if (predicate.Operator is PredicateOperator.In or PredicateOperator.NotIn)
        {
            for (var i = 0; i < result.Length; i++)
            {
                var value = at(i);
                result[i] = System.Array.Exists(values, v => order(value, v) == 0) == (predicate.Operator == PredicateOperator.In);
            }

            return;
        }

        var (below, equal, above) = Outcomes(predicate.Operator);
        for (var i = 0; i < result.Length; i++)
        {
            var ordered = order(at(i), values[0]);
            result[i] = ordered < 0 ? below : ordered == 0 ? equal : above;
        }
    }

    private static void TestBytes(BoundPredicate predicate, bool[] result, BytesAt at)
    {
        var values = predicate.Values.Select(BytesOf).ToArray();
        switch (predicate.Operator)
        {
            case PredicateOperator.In or PredicateOperator.NotIn:
                for (var i = 0; i < result.Length; i++)
                {
                    result[i] = ContainsAny(values, at(i)) == (predicate.Operator == PredicateOperator.In);
                }

                break;
            case PredicateOperator.StartsWith or PredicateOperator.NotStartsWith:
                for (var i = 0; i < result.Length; i++)
                {
                    result[i] = at(i).StartsWith(values[0]) == (predicate.Operator == PredicateOperator.StartsWith);
                }

                break;
            default:
                var (below, equal, above) = Outcomes(predicate.Operator);
                for (var i = 0; i < result.Length; i++)
                {
                    var ordered = at(i).SequenceCompareTo(values[0]);
                    result[i] = ordered < 0 ? below : ordered == 0 ? equal : above;
                }

                break;
        }
    }

    private static bool ContainsAny(byte[][] values, ReadOnlySpan<byte> value)
    {
        foreach (var candidate in values)
        {
            if (value.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] BytesOf(object literal) => literal switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        Guid uuid => uuid.ToByteArray(bigEndian: true),
        _ => (byte[])literal,
    };

    /// <summary>What an operator says of a value below, equal to and above the literal.</summary>
    private static (bool Below, bool Equal, bool Above) Outcomes(PredicateOperator comparison) => comparison switch
    {
        PredicateOperator.Equal => (false, true, false),
        PredicateOperator.NotEqual => (true, false, true),
        PredicateOperator.Less => (true, false, false),
        PredicateOperator.LessOrEqual => (true, true, false),
        PredicateOperator.Greater => (false, false, true),
        PredicateOperator.GreaterOrEqual => (false, true, true),
        _ => throw new InvalidTableArgumentException($"{comparison} does not order values"),
    };

    private static int Floating(double left, double right) =>
        double.IsNaN(left) || double.IsNaN(right) ? double.IsNaN(left).CompareTo(double.IsNaN(right)) : left < right ? -1 : left > right ? 1 : 0;
}
