using System.Text.Json.Nodes;

namespace Features.Core.Lineage;

/// <summary>A facet: what is said about a run, job or dataset. Made by <see cref="RunFacets"/>, <see cref="JobFacets"/>, <see cref="DatasetFacets"/>.</summary>
public sealed record Facet
{
    internal Facet(string name, string version, string type, JsonObject content)
    {
        Name = name;
        SchemaUrl = new Uri($"https://openlineage.io/spec/facets/{version}/{type}.json#/$defs/{type}");
        Content = content;
    }

    /// <summary>The key it stands under, such as <c>columnLineage</c>.</summary>
    public string Name { get; }

    /// <summary>The schema that it keeps, with its version.</summary>
    public Uri SchemaUrl { get; }

    internal JsonObject Content { get; }
}
