using Features.Core.Definitions;
using Features.Core.Tests.Ingestion;

namespace Features.Core.Tests.Cleaning;

/// <summary>What a value in a file becomes under a contract's type, or that it breaks the type; on the real engine.</summary>
public sealed class TypedSourceTests
{
    [Theory]
    [InlineData("int", "12", "12")]
    [InlineData("int", "12.0", "12")]
    [InlineData("int", "12.7", null)]
    [InlineData("int", "1e3", "1000")]
    [InlineData("int", "3000000000", null)]
    [InlineData("long", "3000000000", "3000000000")]
    [InlineData("long", "0.5", null)]
    [InlineData("decimal(6,2)", "1234.56", "1234.56")]
    [InlineData("decimal(6,2)", "1234.567", null)]
    [InlineData("decimal(6,2)", "12345.67", null)]
    [InlineData("date", "2001-02-03", "2001-02-03")]
    [InlineData("date", "2001-02-03 04:05:06", null)]
    [InlineData("date", "2001-02-30", null)]
    [InlineData("timestamp", "2001-02-03 04:05:06", "2001-02-03 04:05:06")]
    [InlineData("timestamp", "2001-02-03T04:05:06.789012+02:00", "2001-02-03 02:05:06.789012")]
    [InlineData("timestamp", "2001-02-03T04:05:06Z", "2001-02-03 04:05:06")]
    [InlineData("timestamp", "2001-02-03 04:05:06-05", "2001-02-03 09:05:06")]
    [InlineData("timestamp", "2001-02-03 04:05:06.1234567", null)]
    [InlineData("timestamp", "soon", null)]
    [InlineData("timestamptz", "2001-02-03T04:05:06+02:00", "2001-02-03 02:05:06+00")]
    [InlineData("timestamptz", "2001-02-03T04:05:06", "2001-02-03 04:05:06+00")]
    [InlineData("timestamptz", "2001-02-03T04:05:06.1234567Z", null)]
    [InlineData("date", "2001-02-03T00:00:00+02:00", null)]
    [InlineData("long", "1.0000000000001", null)]
    [InlineData("boolean", "true", "true")]
    [InlineData("boolean", "perhaps", null)]
    [InlineData("double", "1.5", "1.5")]
    [InlineData("double", "one", null)]
    [InlineData("string", " as it is", " as it is")]
    public async Task Ingest_OfTextUnderAType_CastsItExactly_OrBreaksTheType(string type, string text, string? value)
    {
        var contract = new Contract("c") { Columns = [new("v", type, Required: true), new("other", "string", Required: false)] };
        var pipeline = new Pipeline("p") { Match = "*", Contract = "c", Target = new("t.t", [], []) };
        await using var workspace = new IngestWorkspace(contract, pipeline);
        await workspace.AcceptAsync("p", workspace.Drop("a.csv", $"v,other\n\"{text}\",x\n\"{text}\",y\n"));
        Assert.Null(Assert.Single(await workspace.DrainAsync()).Outcome!.Error);
        if (value is not null)
        {
            Assert.Equal([value, value], await workspace.QueryAsync("SELECT v FROM t.t", "t.t"));
        }
        else
        {
            Assert.Equal(["type:v", "type:v"], await workspace.QueryAsync("SELECT array_to_string(_rule_ids, ',') AS ids FROM t.t__quarantine", "t.t__quarantine"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ingest_OfARowWithMoreCellsThanNames_QuarantinesIt_AndAnEmptyFileFails(bool withContract)
    {
        var contract = new Contract("c") { Columns = [new("v", "string", Required: true), new("other", "string", Required: false)] };
        var pipeline = new Pipeline("p") { Match = "*", Contract = withContract ? "c" : null, Target = new("t.t", [], []) };
        await using var workspace = new IngestWorkspace(contract, pipeline);
        await workspace.AcceptAsync("p", workspace.Drop("a.csv", "v,other\n1,x\n2,y,z\n"));
        await workspace.AcceptAsync("p", workspace.Drop("empty.csv", ""));
        var outcomes = (await workspace.DrainAsync()).Select(b => b.Outcome!).ToList();
        Assert.Contains(outcomes, o => o is { Error: null, Good: 1, Quarantined: 1 });
        Assert.Contains(outcomes, o => o.Error?.Contains("is empty", StringComparison.Ordinal) == true);
        Assert.Equal(["1"], await workspace.QueryAsync("SELECT v FROM t.t", "t.t"));
        Assert.Equal(["columns:extra"], await workspace.QueryAsync("SELECT _rule_ids[1] AS rule FROM t.t__quarantine", "t.t__quarantine"));
    }
}
