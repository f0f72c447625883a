using Features.Core.Definitions;

namespace Features.Core.Tests.Definitions.Rules;

public class SetRulesTests
{
    private const string Base = """
        kind: Entity
        name: airport
        keys: [{ name: origin, type: string }]
        ---
        kind: FeatureView
        name: delays
        entity: airport
        source: flights.departures
        clocks: { event: departs_at }
        features: [{ name: delay, column: delay }, { name: delay_avg, aggregate: avg(delay), window: 3h }]
        ---
        kind: FeatureService
        name: model
        features: [delays:*]
        ---

        """;

    [Theory]
    [InlineData("split: { by: key, parts: [{ name: a, share: 0.5 }, { name: b, share: 0.4 }] }", "the shares add up to 0.9")]
    [InlineData("split: { by: key, parts: [{ name: a, share: 0.5 }, { name: a, share: 0.5 }] }", "part 'a' stands twice")]
    [InlineData("split: { by: key, parts: [{ name: a, share: 1 }] }", "there is one part")]
    [InlineData("split: { by: key, parts: [{ name: a, share: 0.5 }, { name: b }] }", "part 'b' has no share")]
    [InlineData("split: { by: key, columns: [origin], parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "a split by key takes no columns")]
    [InlineData("split: { by: group, parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "it is by group and names no columns")]
    [InlineData("split: { by: group, columns: [late], parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "the split is by the label 'late'")]
    [InlineData("split: { by: key, gap: 1h, parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "a gap is of time, and the split is not")]
    [InlineData("split: { by: key, parts: [{ name: a, until: 2024-01-01 }, { name: b }] }", "parts end at a moment, and the split is by key")]
    [InlineData("split: { by: time, parts: [{ name: a, until: 2024-01-02 }, { name: b, until: 2024-01-01 }, { name: c }] }", "part 'b' ends at or before the one before it")]
    [InlineData("split: { by: time, parts: [{ name: a, until: 2024-01-02 }, { name: b, until: 2024-01-03 }] }", "the last part 'b' ends")]
    [InlineData("split: { by: time, parts: [{ name: a, until: 2024-01-02 }, { name: b }, { name: c }] }", "part 'b' does not say where it ends")]
    [InlineData("split: { by: time, parts: [{ name: a, until: 2024-01-02 }, { name: b, share: 0.5 }] }", "part 'b' has a share, and others end at a moment")]
    [InlineData("split: { by: time, parts: [{ name: a, until: soon }, { name: b }] }", "'until' is 'soon', which is no moment")]
    [InlineData("split: { by: color, parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "'by' is 'color'")]
    [InlineData("split: { parts: [{ name: a, share: 0.5 }, { name: b, share: 0.5 }] }", "the key 'by' is missing")]
    [InlineData("transformations: [{ column: dely, kind: hash }]", "there is no column 'dely' among its features")]
    [InlineData("transformations: [{ column: late, kind: hash }]", "it reads the label 'late'")]
    [InlineData("transformations: [{ column: delay, kind: hash, size: 0 }]", "'size' is 0")]
    [InlineData("transformations: [{ column: delay, kind: standardize, size: 3 }]", "standardize has no size")]
    [InlineData("transformations: [{ column: delay, kind: standardize, by: mean }]", "by says what impute puts in")]
    [InlineData("transformations: [{ column: delay, kind: impute, by: constant }]", "it imputes a constant and names none")]
    [InlineData("transformations: [{ column: delay, kind: impute, value: 3 }]", "value is the constant that impute puts in")]
    [InlineData("transformations: [{ column: delay, kind: hash, as: delay_avg }]", "its output 'delay_avg' has the name of another column")]
    [InlineData("transformations: [{ column: delay, kind: hash }, { column: delay, kind: hash }]", "its output 'delay__hash' has the name of another column")]
    [InlineData("transformations: [{ column: delay, kind: scale }]", "'kind' is 'scale'")]
    [InlineData("spine_features: [lands_at]", "'lands_at', when the label is known, is among the spine features", "{ column: late, known_at: lands_at }")]
    [InlineData("full_names: false", "matures and known_at both say when the label is known", "{ column: late, matures: 6h, known_at: lands_at }")]
    [InlineData("full_names: false", "'matures' is '0h', which is no duration", "{ column: late, matures: 0h }")]
    public void TrainingSet_ThatBreaksARule_IsRefusedAtItsPlace(string line, string problem, string label = "late") => Refused(
        $"kind: TrainingSet\nname: t\nservice: model\nspine: SELECT 1\ntimestamp: departs_at\nlabel: {label}\n{line}\n", problem);

    [Theory]
    [InlineData("kind: OnDemandView\nname: delays\nrequest: [{ name: x, type: long }]\nfeatures: [{ name: a, expression: x }]", "the name is taken by another FeatureView")]
    [InlineData("kind: OnDemandView\nname: v\nfeatures: [{ name: a, expression: \"1\" }]", "it reads neither features nor request columns")]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:nothing]\nfeatures: [{ name: a, expression: x }]", "view 'delays' has no feature 'nothing'")]
    [InlineData("kind: OnDemandView\nname: v\nrequest: [{ name: x, type: bigint }]\nfeatures: [{ name: a, expression: x }]", "'x' has the unknown type 'bigint'")]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:delay]\nrequest: [{ name: delay, type: long }]\nfeatures: [{ name: a, expression: delay }]", "the input 'delays:delay' and a request column are both called 'delay'")]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:delay, \"delays[origin=dest]:delay\"]\nfeatures: [{ name: a, expression: delay }]", "'delays:delay' and 'delays[origin=dest]:delay' are both called 'delay'")]
    [InlineData("kind: OnDemandView\nname: v\ninputs: [delays:delay]\nfeatures: [{ name: a, aggregate: avg(delay), window: 1h }]", "feature 'a' aggregates, and an on-demand view sees one row")]
    [InlineData("kind: FeatureService\nname: s\nfeatures: [\"delays[orgin=dest]:delay\"]", "'orgin' is no key of the view's entity 'airport'")]
    [InlineData("kind: FeatureService\nname: s\nfeatures: [{ view: delays, features: [delay, nothing] }]", "view 'delays' has no feature 'nothing'")]
    [InlineData("kind: FeatureService\nname: s\nfeatures: [{ view: delays }]", "the key 'features' is missing")]
    [InlineData("kind: Source\nname: s", "it must have exactly one of 'table' and 'parquet'")]
    [InlineData("kind: Source\nname: s\ntable: flights", "'flights' is no table name")]
    [InlineData("kind: Source\nname: s\ntable: a.b\nfields: { x: z, y: z }", "the column 'z' goes by 'x' and 'y'")]
    [InlineData("kind: PushSource\nname: s\ntable: flights", "'flights' is no table name")]
    [InlineData("kind: FeatureView\nname: v\nentity: airport\nsource: departures\nclocks: { event: t }\nfeatures: [{ name: a, column: x }]", "there is no source 'departures'")]
    [InlineData("kind: FeatureView\nname: v\nentity: airport\nsource: a.b\nsql: SELECT 1\nclocks: { event: t }\nfeatures: [{ name: a, column: x }]", "'source' and 'sql' both say where the rows come from")]
    [InlineData("kind: FeatureView\nname: v\nentity: airport\nsource: a.b\nclocks: { event: t }\nfeatures: [{ name: a, column: x, closed: left }]", "feature 'a' has no window to close")]
    public void Definition_ThatBreaksARule_IsRefusedAtItsPlace(string yaml, string problem) => Refused(yaml, problem);

    [Fact]
    public void Reference_WithinAMapping_IsFaultedWhereItStands()
    {
        var failure = Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(Base + "kind: FeatureService\nname: s\nfeatures:\n  - { view: delays, features: [delay, delay_avg] }\n  - delays:nothing\n", "x.yaml"));
        Assert.Equal(20, Assert.Single(failure.Faults).Place!.Line);
    }

    [Fact]
    public void TrainingSet_WhoseTransformationsReadEachOther_IsRead()
    {
        var set = DefinitionReader.ReadText(
            Base + """
            kind: TrainingSet
            name: t
            service: model
            spine: SELECT 1
            timestamp: departs_at
            spine_features: [distance]
            transformations: [{ column: distance, kind: impute }, { column: distance__impute, kind: quantile, size: 4 }, { column: delay, kind: one_hot }]
            """,
            "x.yaml");
        Assert.Equal(3, set.Find<TrainingSet>("t")!.Transformations.Count);
    }

    private static void Refused(string yaml, string problem)
    {
        var failure = Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(Base + yaml, "x.yaml"));
        var fault = Assert.Single(failure.Faults);
        Assert.StartsWith(problem, fault.Problem, StringComparison.Ordinal);
        Assert.True(fault.Place!.Line >= 15, fault.ToString());
        Assert.NotEmpty(fault.Remedy);
    }
}
