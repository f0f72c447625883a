namespace Features.Testing;

/// <summary>Checks events against the OpenLineage specification of the fixtures: the event, and each facet by its own schema in its own place.</summary>
public static class OpenLineageValidator
{
    /// <summary>Why events cannot be checked here, for <c>Assert.SkipWhen</c>; null where they can. Throws instead where fixtures are required.</summary>
    public static string? Missing => Validators.Missing ?? (Specification is null ? "the OpenLineage specification is not among the fixtures" : null);

    /// <summary>The folder of the specification, or null where it is missing and may be skipped.</summary>
    public static string? Specification => Fixtures.Find("openlineage", "spec");

    /// <summary>Checks a file of one event a line. The counts are <c>events</c> and <c>facets</c>.</summary>
    public static Task<ValidatorReport> ValidateAsync(string ndjson, CancellationToken cancellationToken) =>
        Validators.RunAsync("openlineage.mjs", [Specification!, "events", ndjson], cancellationToken);
}
