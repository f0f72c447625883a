using System.Text.Json.Nodes;

namespace Features.Core.Lineage;

/// <summary>Facets of a run.</summary>
public static class RunFacets
{
    /// <summary>What computed it.</summary>
    public static Facet ProcessingEngine(string name, string version) =>
        new("processing_engine", "1-1-1", "ProcessingEngineRunFacet", new() { ["name"] = name, ["version"] = version });

    /// <summary>Why it failed. No stack trace: it may quote data.</summary>
    public static Facet ErrorMessage(string message) =>
        new("errorMessage", "1-0-1", "ErrorMessageRunFacet", new() { ["message"] = message, ["programmingLanguage"] = "C#" });

    /// <summary>The run that started this one.</summary>
    public static Facet Parent(string runId, string jobNamespace, string jobName) => new("parent", "1-2-0", "ParentRunFacet", new()
    {
        ["run"] = new JsonObject { ["runId"] = runId },
        ["job"] = new JsonObject { ["namespace"] = jobNamespace, ["name"] = jobName },
    });

    /// <summary>Tags of the run, such as split or seed.</summary>
    public static Facet Tags(IReadOnlyDictionary<string, string> tags) =>
        new("tags", "1-0-0", "TagsRunFacet", new() { ["tags"] = new JsonArray([.. tags.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value, ["source"] = "FEATURES" })]) });
}
