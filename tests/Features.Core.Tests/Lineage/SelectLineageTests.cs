using Features.Core.Engine;
using Features.Core.Lineage;

namespace Features.Core.Tests.Lineage;

public sealed class SelectLineageTests
{
    [Fact]
    public void Resolve_OfAStar_TakesTheInputOfTheSameName_ElseAnyInput()
    {
        var analysis = new SelectAnalysis(["source"], [new OutputColumn(null, []), new OutputColumn("total", [new ColumnInput(null, "a", Derivation.Transformation)])], [], []);
        var columns = SelectLineage.Resolve(analysis, ["A", "b", "total", "made"], ["a", "b"]);
        Assert.Equal(["a", "b", "a", "*"], columns.Select(c => Assert.Single(c.Inputs).Column));
        Assert.Equal(["A", "b", "total", "made"], columns.Select(c => c.Name));
    }

    [Fact]
    public void Compose_OfTwoSteps_KeepsTheStrongerDerivation()
    {
        OutputColumn[] typing = [new("date", [new ColumnInput(null, "Date", Derivation.Transformation)]), new("origin", [new ColumnInput(null, "ORIGIN", Derivation.Identity)])];
        OutputColumn[] cleaning = [new("at", [new ColumnInput("source", "date", Derivation.Identity)]), new("from", [new ColumnInput("source", "Origin", Derivation.Aggregation)])];
        var composed = SelectLineage.Compose(typing, cleaning);
        Assert.Equal(new ColumnInput(null, "Date", Derivation.Transformation), Assert.Single(composed[0].Inputs));
        Assert.Equal(new ColumnInput(null, "ORIGIN", Derivation.Aggregation), Assert.Single(composed[1].Inputs));
    }
}
