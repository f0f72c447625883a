using Features.Testing;

namespace Features.Architecture.Tests.Schemas;

public sealed class OpenLineageValidatorTests
{
    private const string Event = """
        {"eventTime":"2001-01-02T00:00:00Z","producer":"https://features.example/tests","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "eventType":"COMPLETE","run":{"runId":"01890af4-5c6e-7cc3-98c4-dc0c0c07398f"},"job":{"namespace":"features","name":"ingest"},"outputs":[{"namespace":"file","name":"/t",
        "PLACE":{"KEY":{"_producer":"https://features.example/tests","_schemaURL":"https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet","rowCount":ROWS}}}]}
        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TestInstances_OfTheSpecification_AreAllAccepted()
    {
        Assert.SkipWhen(OpenLineageValidator.Missing is not null, OpenLineageValidator.Missing ?? "");
        var report = await Validators.RunAsync("openlineage.mjs", [OpenLineageValidator.Specification!, "instances"], Cancelled);
        Faults.AreNone(report.Faults);
        Assert.True(report.Count("instances") >= 40, report.Counts);
    }

    [Fact]
    public async Task EveryKeyword_OfTheCoreAndTheFacets_HasAnInstanceThatIsRejectedBecauseOfIt()
    {
        Assert.SkipWhen(OpenLineageValidator.Missing is not null, OpenLineageValidator.Missing ?? "");
        var invalid = Path.Combine(Fixtures.Repository, "tests", "validators", "openlineage-invalid");
        var report = await Validators.RunAsync("openlineage.mjs", [OpenLineageValidator.Specification!, "invalid", invalid], Cancelled);
        Faults.AreNone(report.Faults);
        Assert.Equal(Directory.GetFiles(invalid).Length, report.Count("schemas"));
    }

    [Theory]
    [InlineData("outputFacets", "outputStatistics", "5", null)]
    [InlineData("outputFacets", "outputStatistics", "\"five\"", "/outputStatistics/rowCount must be integer")]
    [InlineData("outputFacets", "rowStatistics", "5", "'rowStatistics' is no OutputDatasetFacet of the specification")]
    [InlineData("facets", "outputStatistics", "5", "'outputStatistics' is no DatasetFacet of the specification")]
    [InlineData("outputFacets", "icebergCommitReport", "5", "_schemaURL is")]
    public async Task Event_WithAFacet_IsHeldToThatFacetsSchemaAndPlace(string place, string key, string rows, string? fault)
    {
        Assert.SkipWhen(OpenLineageValidator.Missing is not null, OpenLineageValidator.Missing ?? "");
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.ndjson");
        try
        {
            await File.WriteAllTextAsync(path, Event.ReplaceLineEndings("").Replace("PLACE", place).Replace("KEY", key).Replace("ROWS", rows), Cancelled);
            var report = await OpenLineageValidator.ValidateAsync(path, Cancelled);
            Assert.Equal("events 1 facets 1", report.Counts);
            if (fault is null)
            {
                Faults.AreNone(report.Faults);
            }
            else
            {
                Assert.Contains(report.Faults, line => line.Contains(fault, StringComparison.Ordinal));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
