using System.Text;
using System.Text.Json;
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
        var error = Parse("""{"batch":0,"world":"two","tail":"cut","shuffle":"grouped","colour":1,"columns":["a","a"]}""");

        foreach (var part in new[] { "'dataset' is missing", "'batch'", "'world'", "'cut' is unknown", "'grouped' is not served", "'colour' is unknown", "'a' twice" })
        {
            Assert.Contains(part, error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"dataset\":\"a\",\"dataset\":\"b\"}")]
    [InlineData("[[[[[[[[[[[[]]]]]]]]]]]]")]
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
        Assert.Equal(DatasetRequest.MaxInteger, properties.GetProperty("seed").GetProperty("maximum").GetInt64());
        Assert.All(properties.GetProperty("shuffle").GetProperty("enum").EnumerateArray(), mode => OrderModes.Parse(mode.GetString()!));
    }

    private static string Parse(string text) => Assert.Throws<FormatException>(() => DatasetRequestJson.Parse(Encoding.UTF8.GetBytes(text))).Message;

    private static byte[] Example(string kind, string name) => File.ReadAllBytes(Path.Combine(Schemas, "examples", kind, name));

    private static TheoryData<string> Examples(string kind) => [.. Directory.GetFiles(Path.Combine(Schemas, "examples", kind)).Select(path => Path.GetFileName(path)!).Order()];
}
