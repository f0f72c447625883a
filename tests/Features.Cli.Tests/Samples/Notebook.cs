using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Samples;

/// <summary>A Jupyter notebook of format 4 (nbformat.readthedocs.io), kept as its JSON.</summary>
internal sealed class Notebook(JsonObject json)
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public JsonObject Json { get; } = json;

    public IReadOnlyList<JsonObject> CodeCells => [.. Json["cells"]!.AsArray().Select(c => c!.AsObject()).Where(c => (string?)c["cell_type"] == "code")];

    public static async Task<Notebook> ReadAsync(string path, CancellationToken cancellationToken) =>
        new(JsonNode.Parse(await File.ReadAllTextAsync(path, cancellationToken))!.AsObject());

    public static string IdOf(JsonObject cell) => (string)cell["id"]!;

    public static string SourceOf(JsonObject cell) => Text(cell["source"]!);

    /// <summary>What a cell shows, by MIME type; empty where it shows nothing.</summary>
    public static IReadOnlyDictionary<string, string> OutputOf(JsonObject cell) => cell["outputs"]!.AsArray() switch
    {
        [] => new Dictionary<string, string>(),
        [var output] => output!["data"]!.AsObject().ToDictionary(d => d.Key, d => Text(d.Value!)),
        _ => throw new InvalidDataException($"cell '{IdOf(cell)}' has several outputs"),
    };

    public static void SetOutput(JsonObject cell, int execution, IReadOnlyDictionary<string, string> data)
    {
        cell["execution_count"] = execution;
        cell["outputs"] = data.Count == 0 ? [] : new JsonArray(new JsonObject
        {
            ["data"] = new JsonObject(data.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Key.StartsWith("image/", StringComparison.Ordinal) ? d.Value : Lines(d.Value)))),
            ["execution_count"] = execution,
            ["metadata"] = new JsonObject(),
            ["output_type"] = "execute_result",
        });
    }

    public Notebook Copy() => new(Json.DeepClone().AsObject());

    public Task WriteAsync(string path, CancellationToken cancellationToken) => File.WriteAllTextAsync(path, Json.ToJsonString(Layout) + "\n", cancellationToken);

    private static string Text(JsonNode node) => node is JsonArray lines ? string.Concat(lines.Select(l => (string)l!)) : (string)node!;

    private static JsonArray Lines(string text)
    {
        var lines = text.Split('\n');
        return new JsonArray([.. lines.Select((line, i) => (JsonNode)(i < lines.Length - 1 ? line + "\n" : line)).Where(l => (string)l! != "")]);
    }
}
