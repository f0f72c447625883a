using Features.Core.Definitions;

namespace Features.Core.Tests.Definitions;

public class FeatureSelectionTests
{
    private static readonly DefinitionSet Set = new(
    [
        new Entity("airport", new EntityKey("airport", "string")),
        new FeatureView("delays", "airport")
        {
            Source = "flights.departures",
            Clocks = new("t"),
            Features = [new Feature("a", "x"), new Feature("b", "y")],
        },
        new OnDemandView("risk")
        {
            Inputs = ["delays[airport=dest]@dest:b", "delays:a"],
            Request = [new RequestField("distance", "long")],
            Features = [new Feature("score", "dest__b / distance"), new Feature("other", "a + distance")],
        },
    ]);

    [Fact]
    public void Resolve_OneViewForSeveralKeys_KeepsUsesApart()
    {
        var selection = FeatureSelection.Resolve(Set, ["delays[airport=origin]@origin:a", "delays[airport=dest]@dest:*", "delays[ airport = origin ]@origin:a"]);
        Assert.Equal(["delays[airport=origin]@origin:a", "delays[airport=dest]@dest:a", "delays[airport=dest]@dest:b"], selection.Features.Select(f => f.ToString()));
        Assert.Equal(["origin__a", "dest__a", "dest__b"], selection.Features.Select(f => f.OutputName(fullNames: true)));
        Assert.Equal(["delays[airport=origin]@origin", "delays[airport=dest]@dest"], selection.Features.Select(f => f.Use).Distinct());
        Assert.Equal("origin", selection.Features[0].ColumnOf("airport"));
        Assert.Empty(selection.Clashes(fullNames: true, []));
        Assert.Equal("a", Assert.Single(selection.Clashes(fullNames: false, [])).Name);
    }

    [Fact]
    public void Resolve_OnDemandFeatures_BringsTheInputsThatNobodyAskedFor()
    {
        var selection = FeatureSelection.Resolve(Set, ["risk:score", "delays:a", "risk:*", "risk:none", "nobody:*"]);
        Assert.Equal(["delays:a"], selection.Features.Select(f => f.ToString()));
        Assert.Equal(["risk:score", "risk:other"], selection.OnDemand.Select(f => f.ToString()));
        Assert.Equal(["dest__b", "a"], selection.OnDemand[0].Inputs.Select(i => i.Name));
        Assert.Equal(["delays[airport=dest]@dest:b"], selection.Inputs.Select(f => f.ToString()));
        Assert.Equal(["delays:a", "delays[airport=dest]@dest:b"], selection.Joined.Select(f => f.ToString()));
        Assert.Equal(["distance"], selection.Request.Select(r => r.Name));
        Assert.Equal(["risk:none", "nobody:*"], selection.Unknown);
    }
}
