using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Features.Core.Lineage;

/// <summary>Run events as OpenLineage JSON, one line with its line feed.</summary>
internal static class OpenLineageJson
{
    private const string Producer = "https://github.com/features-dotnet/features";
    private const string RunEventSchema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(RunEvent @event)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("eventType", @event.State.ToString().ToUpperInvariant());
            json.WriteString("eventTime", @event.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("producer", Producer);
            json.WriteString("schemaURL", RunEventSchema);
            json.WriteStartObject("run");
            json.WriteString("runId", @event.RunId);
            WriteFacets(json, "facets", @event.RunFacets);
            json.WriteEndObject();
            json.WriteStartObject("job");
            json.WriteString("namespace", @event.Job.Namespace);
            json.WriteString("name", @event.Job.Name);
            WriteFacets(json, "facets", @event.Job.Facets);
            json.WriteEndObject();
            WriteDatasets(json, "inputs", "inputFacets", @event.Inputs);
            WriteDatasets(json, "outputs", "outputFacets", @event.Outputs);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void WriteDatasets(Utf8JsonWriter json, string key, string useKey, IReadOnlyList<LineageDataset> datasets)
    {
        json.WriteStartArray(key);
        foreach (var dataset in datasets)
        {
            json.WriteStartObject();
            json.WriteString("namespace", dataset.Namespace);
            json.WriteString("name", dataset.Name);
            WriteFacets(json, "facets", dataset.Facets);
            WriteFacets(json, useKey, dataset.UseFacets);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFacets(Utf8JsonWriter json, string key, IReadOnlyList<Facet> facets)
    {
        json.WriteStartObject(key);
        foreach (var facet in facets)
        {
            json.WriteStartObject(facet.Name);
            json.WriteString("_producer", Producer);
            json.WriteString("_schemaURL", facet.SchemaUrl.AbsoluteUri);
            foreach (var (name, value) in facet.Content)
            {
                json.WritePropertyName(name);
                if (value is null)
                {
                    json.WriteNullValue();
                }
                else
                {
                    value.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
