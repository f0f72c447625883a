using System.Text;
using System.Text.Json;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Testing;

namespace Features.Flight.Tests.Protocol;

public class DatasetRequestJsonTests
{
    private static readonly string Schemas = Path.Combine(Fixtures.Repository, "schemas", "flight");

    public static TheoryData<string> Valid => Examples("valid");

    public static TheoryData<string> Invalid => Examples("invalid");

    [Theory]
    [MemberData(nameof(Valid))]
    public void Request_ValidExample_IsReadAndWrittenBackEqual(string name)
    {
        var request = DatasetRequestJson.Parse(Example("valid", name));
        var again = DatasetRequestJson.Parse(request.ToJson());

        Assert.Equal("delays", request.Dataset);
        Assert.Equal(request with { Columns = null }, again with { Columns = null });
        Assert.Equal(request.Columns, again.Columns);
        Assert.NotNull(request.ToDelivery());
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Request_InvalidExample_IsRefused(string name) => Assert.Throws<FormatException>(() => DatasetRequestJson.Parse(Example("invalid", name)));

    [Fact]
    public void Request_WithManyFaults_NamesEach()
    {
        var error = Parse("""
            {"batch":0,"world":"two","tail":"cut","shuffle":"local","colour":1,"columns":["a","a"],"snapshot":"1","as_of":"today","layout":"rows",
             "tensor":{"type":"int8","fill":"zero","mask":1,"shape":[]},"grouping":{"block":0,"group_blocks":1},"follow":true,"filter":"","max_message_bytes":1}
            """);

        foreach (var part in new[]
        {
            "'dataset' is missing", "'batch'", "'world'", "'cut' is unknown", "'local' is unknown", "'colour' is unknown", "'a' twice", "'snapshot' goes with 'table'",
            "'snapshot' and 'as_of' exclude each other", "'rows' is unknown", "\"layout\":\"tensor\"", "'grouping'", "'lanes'", "'follow'", "'filter'", "'max_message_bytes'",
        })
        {
            Assert.Contains(part, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Request_OfATensor_NamesEachFaultOfItsOptions()
    {
        var error = Parse("""{"dataset":"a","layout":"tensor","tensor":{"type":"int8","fill":"zero","mask":1,"shape":[]}}""");
        Assert.All(["'tensor.type'", "'tensor.fill'", "'tensor.mask'", "'tensor.shape' is unknown"], part => Assert.Contains(part, error, StringComparison.Ordinal));
    }

    [Fact]
    public void Request_EveryMember_IsReadAsItSays()
    {
        var tensor = DatasetRequestJson.Parse(Example("valid", "tensor.json"));
        Assert.Equal(new TensorOptions { Type = TensorType.Float16, Fill = 0, Mask = true }, tensor.Tensor);
        Assert.Equal(new TensorOptions(), DatasetRequestJson.Parse(Example("valid", "tensor-defaults.json")).Tensor);
        Assert.Equal(new TableSelection { Snapshot = 8744736658442914487 }, DatasetRequestJson.Parse(Example("valid", "table-snapshot.json")).Table);
        Assert.Equal(new TableSelection { Snapshot = -8570200863586094827 }, DatasetRequestJson.Parse(Example("valid", "table-snapshot-negative.json")).Table);
        Assert.Equal(new TableSelection { AsOf = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero) }, DatasetRequestJson.Parse(Example("valid", "table-as-of.json")).Table);
        Assert.Equal(new TableSelection { Ref = "audit" }, DatasetRequestJson.Parse(Example("valid", "table-ref.json")).Table);
        var table = DatasetRequestJson.Parse(Example("valid", "table.json"));
        Assert.Equal(new DatasetSelection("delays", new TableSelection()) { Filter = table.Filter, Columns = table.Columns }, table.ToSelection());
        var grouped = DatasetRequestJson.Parse(Example("valid", "grouped.json"));
        Assert.Equal((OrderMode.Grouped, new Grouping(1024, 64, 8)), (grouped.Shuffle, grouped.Grouping));
        var messages = DatasetRequestJson.Parse(Example("valid", "messages.json"));
        Assert.Equal((true, 16 << 20), (messages.Follow, messages.MaxMessageBytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"dataset\":\"a\",\"dataset\":\"b\"}")]
    [InlineData("[[[[[[[[[[[[]]]]]]]]]]]]")]
    [InlineData("{\"dataset\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Request_NoJson_IsRefused(string text) => Assert.Contains("request.schema.json", Parse(text), StringComparison.Ordinal);

    [Fact]
    public void Schema_Members_AreThoseThatAreRead()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Schemas, "request.schema.json")));
        var properties = schema.RootElement.GetProperty("properties");
        var known = Parse("""{"x":1}""");
        Assert.All(properties.EnumerateObject(), member => Assert.Contains($" {member.Name}", known, StringComparison.Ordinal));
        Assert.Equal(new DatasetRequest("x").Batch, properties.GetProperty("batch").GetProperty("default").GetInt32());
        Assert.Equal(DatasetRequest.MaxBatch, properties.GetProperty("batch").GetProperty("maximum").GetInt32());
        Assert.Equal(DatasetRequest.MaxWorld, properties.GetProperty("world").GetProperty("maximum").GetInt32());
        Assert.Equal(DatasetRequest.MaxFilter, properties.GetProperty("filter").GetProperty("maxLength").GetInt32());
        Assert.Equal(DatasetRequest.LeastMessageBytes, properties.GetProperty("max_message_bytes").GetProperty("minimum").GetInt32());
        Assert.Equal(DatasetRequest.MostMessageBytes, properties.GetProperty("max_message_bytes").GetProperty("maximum").GetInt32());
        Assert.Equal(DatasetRequest.MaxInteger, properties.GetProperty("seed").GetProperty("maximum").GetInt64());
        Assert.All(properties.GetProperty("shuffle").GetProperty("enum").EnumerateArray(), mode => OrderModes.Parse(mode.GetString()!));
    }

    [Fact]
    public void Request_AnyBytes_IsReadOrRefusedAsMalformed() => Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, Valid.Count - 1]).Sample(
        (at, value, which) =>
        {
            var json = Example("valid", Valid.ElementAt(which).Data);
            json[at % json.Length] = value;
            try
            {
                DatasetRequestJson.Parse(json);
            }
            catch (FormatException)
            {
                // The one kind of refusal.
            }
        },
        iter: 2000);

    private static string Parse(string text) => Assert.Throws<FormatException>(() => DatasetRequestJson.Parse(Encoding.UTF8.GetBytes(text))).Message;

    private static byte[] Example(string kind, string name) => File.ReadAllBytes(Path.Combine(Schemas, "examples", kind, name));

    private static TheoryData<string> Examples(string kind) => [.. Directory.GetFiles(Path.Combine(Schemas, "examples", kind)).Select(path => Path.GetFileName(path)!).Order()];
}
