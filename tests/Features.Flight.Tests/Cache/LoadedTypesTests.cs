using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Flight.Tests.Validation;
using Features.Ordering;

namespace Features.Flight.Tests.Cache;

/// <summary>The table of types in <c>schemas/flight/README.md</c>, as a data set's source gives them and its readers get them.</summary>
public class LoadedTypesTests
{
    private const int Rows = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OrderMode.None)]
    [InlineData(OrderMode.Global)]
    public async Task Load_OfEveryType_GivesPlainColumnsOfTheSourcesValues(OrderMode mode)
    {
        using var rows = LoadedTypes.Rows(Rows);
        await using var host = await FlightHost.StartAsync(new MemorySource { BatchRows = 37 }.Add("all", rows));
        using var client = host.Connect();

        var served = new List<string>();
        var reader = await client.OpenAsync(new DatasetRequest("all") { Shuffle = mode, Seed = 5, Batch = 61 }, Token);
        await foreach (var batch in reader)
        {
            using (batch)
            {
                served.AddRange(NaiveReading.Rows(batch.Rows));
            }
        }

        Assert.All(reader.Schema.FieldsList, field => Assert.True(IsPlain(field.DataType), $"{field.Name} is {field.DataType.Name}"));
        Assert.Equal("ops", reader.Schema.Metadata["owner"]);
        var stored = NaiveReading.Rows(rows);
        var samples = new long[Rows];
        new Order("sha256:all", Rows, mode, 5).InEpoch(0).Fill(0, samples);
        Assert.Equal(samples.Select(sample => stored[(int)sample]), served);
    }

    [Fact]
    public async Task Load_OfDictionaries_PacksThemIntoTensors()
    {
        var values = new FloatArray.Builder().Append(0.5f).Append(-2).AppendNull().Build().Data;
        using var rows = Of(("x", LoadedTypes.Coded(Int8Type.Default, values, Rows, new Random(3))), ("label", LoadedTypes.Rows(Rows).Column("large_string")));
        await using var host = await FlightHost.StartAsync(new MemorySource { BatchRows = 37 }.Add("t", rows, new Dictionary<string, ColumnRole> { ["x"] = ColumnRole.Feature }));
        using var client = host.Connect();

        var served = new List<string>();
        await foreach (var batch in await client.OpenAsync(new DatasetRequest("t") { Tensor = new() { Fill = 9 } }, Token))
        {
            using (batch)
            {
                served.AddRange(NaiveReading.Rows(batch.Rows));
            }
        }

        var nine = Convert.ToHexString(BitConverter.GetBytes(9f));
        Assert.Equal(NaiveReading.Rows(rows).Select(row => row.Split('|', 2)).Select(cells => $"[{(cells[0] == "null" ? nine : cells[0])}]|{cells[1]}"), served);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "null", "null" },
        { "dictionary of booleans", "a dictionary of 'bool' values is not decoded" },
        { "dictionary of lists", "a dictionary of 'list' values is not decoded" },
        { "list view", "listview" },
        { "union", "union" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Load_OfWhatCannotBeServed_IsRefusedByColumnAndType(string kind, string message)
    {
        using var rows = Of(("odd", Odd(kind)));
        var (source, allocator) = (new MemorySource().Add("all", rows), new CountingAllocator());
        using var cache = new DatasetCache(source, new FlightOptions(), allocator: allocator);

        var refusal = await Assert.ThrowsAsync<DatasetLoadException>(() => cache.WarmAsync(source.Plan("all"), Token));

        Assert.IsType<NotSupportedException>(refusal.InnerException);
        Assert.Contains("column 'odd'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, allocator.Bytes);
    }

    private static RecordBatch Of(params (string Name, IArrowArray Array)[] columns) => new(
        new Schema(columns.Select(column => new Field(column.Name, column.Array.Data.DataType, true)), null), columns.Select(column => column.Array), columns[0].Array.Length);

    private static IArrowArray Odd(string kind)
    {
        var numbers = new Int32Array.Builder().Append(1).Append(2).Build();
        return kind switch
        {
            "null" => new NullArray(2),
            "dictionary of booleans" => LoadedTypes.Coded(Int8Type.Default, new BooleanArray.Builder().Append(true).Build().Data, 2, new Random(1)),
            "dictionary of lists" => LoadedTypes.Coded(Int8Type.Default, LoadedTypes.Rows(1).Column("list").Data, 2, new Random(1)),
            "list view" => ArrowArrayFactory.BuildArray(new ArrayData(
                new ListViewType(Int32Type.Default), 2, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(new byte[8]), new ArrowBuffer(new byte[8])], [numbers.Data])),
            _ => new SparseUnionArray(new UnionType([new Field("x", Int32Type.Default, true)], [0], UnionMode.Sparse), 2, [numbers], new ArrowBuffer(new byte[2])),
        };
    }

    private static bool IsPlain(IArrowType type) => type switch
    {
        DictionaryType or LargeStringType or LargeBinaryType or LargeListType or StringViewType or BinaryViewType => false,
        NestedType nested => nested.Fields.All(field => IsPlain(field.DataType)),
        _ => true,
    };
}
