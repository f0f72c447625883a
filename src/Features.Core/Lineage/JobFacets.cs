using System.Text.Json.Nodes;

namespace Features.Core.Lineage;

/// <summary>Facets of a job.</summary>
public static class JobFacets
{
    /// <summary>What kind of job: <paramref name="jobType"/> is PIPELINE, TRAINING_SET, ….</summary>
    public static Facet JobType(string jobType) =>
        new("jobType", "2-0-4", "JobTypeJobFacet", new() { ["processingType"] = "BATCH", ["integration"] = "FEATURES", ["jobType"] = jobType });

    /// <summary>The SQL, its literals replaced (<see cref="SqlText.WithoutLiterals"/>): a literal may be a person's name.</summary>
    public static Facet Sql(string query) =>
        new("sql", "1-1-0", "SQLJobFacet", new() { ["query"] = SqlText.WithoutLiterals(query), ["dialect"] = "duckdb" });

    /// <summary>Who answers for the job.</summary>
    public static Facet Ownership(string owner) =>
        new("ownership", "1-0-1", "OwnershipJobFacet", new() { ["owners"] = new JsonArray(new JsonObject { ["name"] = owner }) });
}
