using System.Text.Json.Nodes;
using Features.Core.TrainingSets.Cards;
using Features.Testing;

namespace Features.Core.Tests.TrainingSets.Cards;

/// <summary>Against the context and the vocabulary that MLCommons publishes, and what its specification requires. There is no JSON Schema of Croissant.</summary>
public class CroissantCardTests
{
    // Words of schema.org that the specification names for data sets and files; all others must be words of Croissant or have a prefix that is declared.
    private static readonly string[] SchemaOrg =
        ["name", "description", "license", "url", "creator", "datePublished", "keywords", "version", "distribution", "contentUrl", "contentSize", "encodingFormat", "sha256"];

    private static readonly JsonObject Document = JsonNode.Parse(CroissantCard.Write(CardSample.Card))!.AsObject();

    [Fact]
    public void Context_AgreesWithThePublishedOne()
    {
        var path = Fixtures.Find("croissant", "context-1.1.json");
        Assert.SkipWhen(path is null, "the Croissant fixtures are not here");
        var published = JsonNode.Parse(File.ReadAllText(path!))!["@context"]!.AsObject();
        var own = Document["@context"]!.AsObject();
        Assert.All(published, term => Assert.Equal(term.Value!.ToJsonString().Replace("http://schema.org", "https://schema.org", StringComparison.Ordinal), own[term.Key]?.ToJsonString()));
        Assert.Equal(["prov"], own.Select(t => t.Key).Except(published.Select(t => t.Key)));
    }

    [Fact]
    public void Document_HasWhatTheSpecificationRequires()
    {
        Assert.All(["@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished"], key => Assert.NotNull(Document[key]));
        Assert.All(Objects(Document), o => Assert.True((string?)o["@type"] is not ("cr:FileObject" or "cr:FileSet" or "cr:RecordSet" or "cr:Field") || o["@id"] is not null));
        Assert.All(Typed("cr:FileObject"), f => Assert.All(["contentUrl", "encodingFormat", "sha256"], key => Assert.NotNull(f[key])));
        Assert.All(Typed("cr:FileSet"), f => Assert.All(["containedIn", "encodingFormat", "includes"], key => Assert.NotNull(f[key])));
        Assert.All(Typed("cr:RecordSet"), r => Assert.NotEmpty(r["field"]!.AsArray()));
        Assert.All(Typed("cr:Field"), f => Assert.NotNull(f["dataType"]));
    }

    [Fact]
    public void Words_AreDeclared()
    {
        var context = Document["@context"]!.AsObject();
        var words = Objects(WithoutContext()).SelectMany(o => o.Select(p => p.Key)).Where(k => !k.Contains('/', StringComparison.Ordinal)).Distinct();
        Assert.All(words, word => Assert.True(
            word.StartsWith('@') || context.ContainsKey(word) || SchemaOrg.Contains(word) || (word.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && context.ContainsKey(word[..colon])), word));
    }

    [Fact]
    public void Terms_OfCroissant_AreInItsVocabulary()
    {
        var (ontology, specification) = (Fixtures.Find("croissant", "vocab", "croissant.ttl"), Fixtures.Find("croissant", "spec", "croissant-spec-1.1.md"));
        Assert.SkipWhen(ontology is null || specification is null, "the Croissant fixtures are not here");
        var vocabulary = File.ReadAllText(ontology!) + File.ReadAllText(specification!);
        var terms = System.Text.RegularExpressions.Regex.Matches(WithoutContext().ToJsonString(), "\"(cr:[A-Za-z]+)\"").Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.Contains("cr:Label", terms);
        Assert.All(terms, term => Assert.True(vocabulary.Contains(term, StringComparison.Ordinal) || vocabulary.Contains($"croissant:{term[3..]}", StringComparison.Ordinal), term));
    }

    [Fact]
    public void References_PointToWhatThereIs()
    {
        var defined = Objects(WithoutContext()).Where(o => o["@type"] is not null && o["@id"] is not null).Select(o => (string)o["@id"]!).ToList();
        Assert.Equal(defined.Distinct(), defined);
        var referred = Objects(WithoutContext()).Where(o => o.Count == 1 && o["@id"] is not null).Select(o => (string)o["@id"]!).Distinct().ToList();
        Assert.Contains("splits/name", referred);
        Assert.All(referred, id => Assert.Contains(id, defined));
    }

    [Fact]
    public void Withheld_Columns_AreNamedAsSensitiveAndHaveNoFigures()
    {
        Assert.Equal(["ssn: pii=ssn"], Document["rai:personalSensitiveInformation"]!.AsArray().Select(s => (string)s!));
        var ssn = Typed("cr:Field").Single(f => (string)f["@id"]! == "rows/ssn");
        Assert.Equal(["null-count"], ssn["annotation"]!.AsArray().Select(a => (string)a!["name"]!));
    }

    private static JsonObject WithoutContext()
    {
        var document = Document.DeepClone().AsObject();
        document.Remove("@context");
        return document;
    }

    private static IEnumerable<JsonObject> Typed(string type) => Objects(Document).Where(o => o["@type"] is JsonValue value && (string?)value == type);

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => Objects(p.Value)).Prepend(o),
        JsonArray a => a.SelectMany(Objects),
        _ => [],
    };
}
