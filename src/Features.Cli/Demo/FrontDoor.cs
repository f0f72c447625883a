using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Features.Cli.Output;

namespace Features.Cli.Demo;

/// <summary>Posts events to the functions host as a storage service would: CloudEvents over HTTP.</summary>
internal sealed class FrontDoor(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address };

    /// <summary>Says that an object was created. The event's id is the object's, so that a repeated event is recognised.</summary>
    public async Task AnnounceAsync(string path, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"created:{Path.GetFileName(path)}",
            ["source"] = "/landing",
            ["type"] = "dev.features.object.created",
            ["datacontenttype"] = "application/json",
            ["data"] = new JsonObject { ["location"] = path },
        };
        var (status, answer) = await PostAsync(JsonText.Line(body), cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            throw new CliException("front-door", $"the functions host answered {(int)status} to the event for '{path}': {answer}");
        }
    }

    /// <summary>Posts what is no event; returns the host's refusal.</summary>
    public async Task<string> AnnounceNonsenseAsync(CancellationToken cancellationToken)
    {
        var (status, answer) = await PostAsync("{\"specversion\":\"1.0\",\"id\":", cancellationToken);
        return status == HttpStatusCode.BadRequest
            ? answer
            : throw new CliException("front-door", $"the functions host answered {(int)status} to a malformed event; it should have refused it with 400");
    }

    public void Dispose() => http.Dispose();

    private async Task<(HttpStatusCode Status, string Answer)> PostAsync(string body, CancellationToken cancellationToken)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
        using var response = await http.PostAsync(new Uri("/events", UriKind.Relative), content, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
