using System.Text.Json.Nodes;
using Features.Server.Online;
using Features.Testing;

namespace Features.Server.Tests.Online;

/// <summary>The API's description says what the API does: every reference leads somewhere, and the golden conversations are as it says.</summary>
public sealed class OpenApiTests
{
    private static readonly JsonNode Document = JsonNode.Parse(OpenApi.Document)!;

    [Fact]
    public void Document_IsOpenApi_AndWhole()
    {
        Assert.StartsWith("3.1.", Document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.All(References(Document), reference => Assert.NotNull(Find(reference)));
        var operations = Document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => o.Value!).ToList();
        Assert.Equal(operations.Count, operations.Select(o => o["operationId"]!.GetValue<string>()).Distinct().Count());
        Assert.All(operations, operation => Assert.NotEmpty(operation["responses"]!.AsObject()));
        var used = References(Document).ToHashSet();
        Assert.All(Document["components"]!["schemas"]!.AsObject(), schema => Assert.Contains($"#/components/schemas/{schema.Key}", used));
        Assert.All(Document["components"]!["responses"]!.AsObject(), response => Assert.Contains($"#/components/responses/{response.Key}", used));
    }

    [Fact]
    public void Document_DescribesEveryGoldenConversation()
    {
        var seen = 0;
        foreach (var file in Directory.GetFiles(Path.Combine(Fixtures.Repository, "tests", "Features.Server.Tests", "Online", "Golden"), "*.json"))
        {
            foreach (var step in JsonNode.Parse(File.ReadAllText(file))!["steps"]!.AsArray())
            {
                var (path, method) = (step!["request"]!["path"]!.GetValue<string>(), step["request"]!["method"]?.GetValue<string>().ToLowerInvariant() ?? "post");
                if (Document["paths"]![path]?[method] is not { } operation)
                {
                    Assert.Contains(step["status"]!.GetValue<int>(), (int[])[404, 405]);
                    continue;
                }

                var answer = Resolved(operation["responses"]![$"{step["status"]}"]);
                Assert.True(answer is not null, $"{file}: {path} answers {step["status"]}, which is not described");
                if (step["status"]!.GetValue<int>() == 200)
                {
                    Fits(step["request"]!["body"], operation["requestBody"]?["content"]?["application/json"]?["schema"], $"{file} request");
                    seen++;
                }

                // What only Feast's Python server does is not part of the description.
                if (step["answer"] is JsonObject body)
                {
                    Fits(body, answer["content"]?["application/json"]?["schema"], $"{file} answer");
                }
            }
        }

        Assert.True(seen > 5, "the golden conversations are missing");
    }

    // As much of JSON Schema as the document uses.
    private static void Fits(JsonNode? value, JsonNode? schema, string place)
    {
        schema = Resolved(schema);
        if (schema is null || value is null)
        {
            return;
        }

        foreach (var required in schema["required"]?.AsArray() ?? [])
        {
            Assert.True(value.AsObject().ContainsKey(required!.GetValue<string>()), $"{place}: '{required}' is missing");
        }

        if (schema["enum"] is JsonArray allowed)
        {
            Assert.Contains(value.ToJsonString(), allowed.Select(a => a!.ToJsonString()));
        }

        if (value is JsonObject map)
        {
            foreach (var (key, inner) in map)
            {
                var described = schema["properties"]?[key];
                Assert.True(described is not null || schema["additionalProperties"]?.GetValueKind() != System.Text.Json.JsonValueKind.False, $"{place}: '{key}' is not described");
                Fits(inner, described, $"{place}/{key}");
            }
        }
        else if (value is JsonArray list)
        {
            Assert.All(list, item => Fits(item, schema["items"], $"{place}[]"));
        }
    }

    private static JsonNode? Resolved(JsonNode? node) => node?["$ref"] is { } reference ? Find(reference.GetValue<string>()) : node;

    private static JsonNode? Find(string reference) => reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)Document, (node, part) => node?[part]);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "$ref" ? [p.Value!.GetValue<string>()] : References(p.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
