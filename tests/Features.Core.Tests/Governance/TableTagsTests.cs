using Features.Core.Engine;
using Features.Core.Governance;

namespace Features.Core.Tests.Governance;

public sealed class TableTagsTests
{
    private static readonly Gen<Dictionary<string, string>> Tags = Gen.Dictionary(OneOf("owner", "sensitivity", "pii.masked"), Gen.String[Gen.Char['a', 'z'], 0, 5])[0, 3];

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Properties_OfAnyTags_ReadBackTheSame() => Gen.Select(Tags, Gen.Dictionary(OneOf("a", "a.b", "50%", "%2E", "column"), Tags)[0, 4]).Sample((table, columns) =>
    {
        var tags = new TableTags(table, columns.Where(c => c.Value.Count > 0).ToDictionary(c => c.Key, c => (IReadOnlyDictionary<string, string>)c.Value));
        var read = TableTags.Read(tags.ToProperties().Append(new("write.format.default", "parquet")).ToDictionary());
        Assert.Equal(tags.ToProperties(), read.ToProperties());
        Assert.Equal(tags.Columns.Keys.Order(), read.Columns.Keys.Order());
    });

    [Fact]
    public void Propagation_AlongLineage_JoinsInputs_AndTakesAllWhereLineageIsUnknown()
    {
        var inputs = new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["a"] = new Dictionary<string, string> { ["sensitivity"] = "internal" },
            ["b"] = new Dictionary<string, string> { ["sensitivity"] = "restricted", ["pii"] = "name" },
        };
        var tags = TagPropagation.Along(
            [
                new OutputColumn("x", [new ColumnInput(null, "A", Derivation.Identity)]),
                new OutputColumn("y", [new ColumnInput(null, "a", Derivation.Identity), new ColumnInput("source", "b", Derivation.Aggregation)]),
                new OutputColumn("one", []),
                new OutputColumn("unknown", [new ColumnInput(null, "*", Derivation.Transformation)]),
            ],
            inputs);
        Assert.Equal("internal", tags["x"]["sensitivity"]);
        Assert.Equal(("restricted", "name"), (tags["y"]["sensitivity"], tags["y"]["pii"]));
        Assert.False(tags.ContainsKey("one"));
        Assert.Equal("restricted", tags["unknown"]["sensitivity"]);
        Assert.Equal("b", TagPropagation.Influence([new IndirectInput(null, "b", "FILTER"), new IndirectInput(null, "c", "SORT")], inputs)["influenced_by"]);
    }
}
