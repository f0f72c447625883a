using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Testing;

namespace Features.Server.Tests.Online;

/// <summary>
/// Requests and answers in Feast's shapes, <c>Golden/*.json</c>: each file is a conversation with a service of its own over Feast's drivers, and each of its steps a request and what must come back, compared by value.
/// An expected text that begins with <c>…</c> must be part of what comes.
/// </summary>
public sealed class GoldenTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Folder => Path.Combine(Fixtures.Repository, "tests", "Features.Server.Tests", "Online", "Golden");

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Conversation_AsWritten_IsAnsweredAsWritten(string name)
    {
        var conversation = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, $"{name}.json"), Token))!;
        await using var drivers = await DriverWorkspace.StartAsync(conversation["config"]?.GetValue<string>() ?? "", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        foreach (var step in conversation["steps"]!.AsArray())
        {
            var request = step!["request"]!;
            using var message = new HttpRequestMessage(new HttpMethod(request["method"]?.GetValue<string>() ?? "POST"), request["path"]!.GetValue<string>());
            foreach (var (header, value) in request["headers"]?.AsObject() ?? [])
            {
                message.Headers.TryAddWithoutValidation(header, value!.GetValue<string>());
            }

            if (request["body"] is { } body)
            {
                message.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            }

            using var response = await drivers.Client.SendAsync(message, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(step["status"]!.GetValue<int>() == (int)response.StatusCode, $"{request.ToJsonString()}: {response.StatusCode} {text}");
            if (step["answer"] is { } expected)
            {
                Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
                Differences(expected, JsonNode.Parse(text), "", request.ToJsonString());
            }
        }
    }

    private static void Differences(JsonNode? expected, JsonNode? actual, string path, string request)
    {
        switch (expected, actual)
        {
            case (JsonObject one, JsonObject other):
                Assert.True(one.Select(p => p.Key).Order(StringComparer.Ordinal).SequenceEqual(other.Select(p => p.Key).Order(StringComparer.Ordinal)), $"{request} at {path}: {actual.ToJsonString()}");
                foreach (var (key, value) in one)
                {
                    Differences(value, other[key], $"{path}/{key}", request);
                }

                break;
            case (JsonArray one, JsonArray other):
                Assert.True(one.Count == other.Count, $"{request} at {path}: {actual.ToJsonString()}");
                for (var i = 0; i < one.Count; i++)
                {
                    Differences(one[i], other[i], $"{path}/{i}", request);
                }

                break;
            case (JsonValue one, JsonValue other) when one.GetValueKind() == JsonValueKind.String && one.GetValue<string>() is ['…', .. var part]:
                Assert.True(other.ToString().Contains(part, StringComparison.Ordinal), $"{request} at {path}: {actual.ToJsonString()}");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(expected, actual), $"{request} at {path}: expected {expected?.ToJsonString() ?? "null"}, got {actual?.ToJsonString() ?? "null"}");
                break;
        }
    }
}
