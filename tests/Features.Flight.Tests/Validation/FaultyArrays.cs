using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Tests.Validation;

/// <summary>Arrays of two or more values of which one is at fault, and the others are not.</summary>
internal static class FaultyArrays
{
    public static ArrayData Of(string fault) => fault switch
    {
        "offsets" => new(StringType.Default, 3, 0, 0, [ArrowBuffer.Empty, Ints(0, 2, 1, 3), Text("abc")]),
        "end" => new(BinaryType.Default, 2, 0, 0, [ArrowBuffer.Empty, Ints(0, 1, 99), Text("abc")]),
        "utf8" => new(StringType.Default, 2, 0, 0, [ArrowBuffer.Empty, Ints(0, 1, 2), Bytes((byte)'a', 0xFF)]),
        "split" => new(StringType.Default, 2, 0, 0, [ArrowBuffer.Empty, Ints(0, 1, 2), Text("ä")]),
        "nulls" => new(Int32Type.Default, 3, 1, 0, [Bytes(0b001), Ints(1, 2, 3)]),
        "required" => new(Int32Type.Default, 3, 1, 0, [Bytes(0b101), Ints(1, 2, 3)]),
        "index" => new(
            new DictionaryType(Int8Type.Default, StringType.Default, false), 2, 0, 0, [ArrowBuffer.Empty, Bytes(1, 7)], null, new StringArray.Builder().Append("a").Append("b").Build().Data),
        "decimal" => new(new Decimal128Type(3, 1), 2, 0, 0, [ArrowBuffer.Empty, Longs(999, 0, 1000, 0)]),
        "wide" => new(new Decimal256Type(3, 1), 2, 0, 0, [ArrowBuffer.Empty, Longs(-999, -1, -1, -1, -1000, -1, -1, -1)]),
        "time" => new(new Time32Type(TimeUnit.Second), 2, 0, 0, [ArrowBuffer.Empty, Ints(86_399, 90_000)]),
        "date" => new(Date64Type.Default, 2, 0, 0, [ArrowBuffer.Empty, Longs(86_400_000, 1)]),
        "moment" => new(new TimestampType(TimeUnit.Second, (string?)null), 2, 0, 0, [ArrowBuffer.Empty, Longs(1, long.MaxValue / 1000)]),
        "short" => new(Int64Type.Default, 100, 0, 0, [ArrowBuffer.Empty, Longs(1)]),
        "item" => new(
            new ListType(new Field("item", StringType.Default, true)), 1, 0, 0, [ArrowBuffer.Empty, Ints(0, 2)], [new(StringType.Default, 2, 0, 0, [ArrowBuffer.Empty, Ints(0, 1, 2), Bytes((byte)'a', 0xFF)])]),
        "run-end" => new(new RunEndEncodedType(Int32Type.Default, Int32Type.Default), 2, 0, 0, [], [Plain(2), Plain(1)]),
        "union" => new(new UnionType([new Field("a", Int32Type.Default, true)], [0], UnionMode.Sparse), 1, 0, 0, [Bytes(0)], [Plain(1)]),
        "view" => new StringViewArray.Builder().Append("a").Build().Data,
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    private static ArrayData Plain(int value) => new(Int32Type.Default, 1, 0, 0, [ArrowBuffer.Empty, Ints(value)]);

    private static ArrowBuffer Ints(params int[] values) => new(values.SelectMany(BitConverter.GetBytes).ToArray());

    private static ArrowBuffer Longs(params long[] values) => new(values.SelectMany(BitConverter.GetBytes).ToArray());

    private static ArrowBuffer Bytes(params byte[] values) => new(values);

    private static ArrowBuffer Text(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));
}
