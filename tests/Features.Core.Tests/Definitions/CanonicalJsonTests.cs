using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Testing;

namespace Features.Core.Tests.Definitions;

public class CanonicalJsonTests
{
    [Fact]
    public void Definitions_OfTheSchemasExamples_ReadBackTheSame()
    {
        var files = Directory.GetFiles(Path.Combine(Fixtures.Repository, "schemas", "definitions", "examples", "valid"));
        foreach (var definition in files.SelectMany(f => DefinitionReader.ReadText(File.ReadAllText(f), f).Definitions))
        {
            var json = CanonicalJson.Of(definition);
            var again = DefinitionReader.ReadJson(json, "test");
            Assert.Equal(json, CanonicalJson.Of(again));
            Assert.Equal(definition.Owner, again.Owner);
        }
    }

    // RFC 8785, appendix B.
    [Theory]
    [InlineData(0.8, "0.8")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(1e-7, "1e-7")]
    [InlineData(1.25e-7, "1.25e-7")]
    [InlineData(333333333.33333329, "333333333.3333333")]
    [InlineData(1e23, "1e+23")]
    [InlineData(999999999999999900000d, "999999999999999900000")]
    [InlineData(-0.0000033333333333333333, "-0.0000033333333333333333")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    public void Fraction_IsWrittenAsEcmaScriptWritesIt(double value, string text) => Assert.Equal(text, CanonicalJson.Write(JsonValue.Create(value)));

    // What was applied before a key was added must keep its hash, or every training set would look changed.
    [Fact]
    public void Hash_OfADefinitionWithoutTheNewerKeys_StaysWhatItWas()
    {
        var view = new FeatureView("v", "e") { Source = "a.b", Clocks = new("t"), Features = [new Feature("n", "x", Aggregate.Avg, TimeSpan.FromHours(3))] };
        Assert.Equal("""{"clocks":{"event":"t"},"entity":"e","features":[{"aggregate":"avg(x)","name":"n","window":"3h"}],"kind":"FeatureView","name":"v","source":"a.b"}""", CanonicalJson.Of(view));
        var set = new TrainingSet("t") { Service = "s", Spine = "SELECT 1", Timestamp = "ts", Label = "y" };
        Assert.Equal("""{"kind":"TrainingSet","label":"y","name":"t","service":"s","spine":"SELECT 1","timestamp":"ts"}""", CanonicalJson.Of(set));
    }
}
