using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Requests to one catalog of a server, by its configuration and with its token.</summary>
internal sealed class RestClient : IDisposable
{
    private const string HeaderKey = "header.";

    private readonly RestCatalogOptions options;
    private readonly TimeProvider clock;
    private readonly RestExchange exchange;
    private RestToken token;
    private Uri address;
    private Dictionary<string, string> headers;

    private RestClient(RestCatalogOptions options, TimeProvider clock)
    {
        (this.options, this.clock) = (options, clock);
        exchange = new RestExchange(options, clock);
        address = options.Uri;
        Properties = options.Properties;
        Endpoints = RestEndpoints.Of(null);
        Paths = new RestPaths("v1/", "\u001f");
        headers = new Dictionary<string, string>(options.Headers, StringComparer.OrdinalIgnoreCase);
        token = NewToken();
    }

    /// <summary>The server's defaults, overridden by the options, overridden by the server.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; private set; }

    public RestEndpoints Endpoints { get; private set; }

    public RestPaths Paths { get; private set; }

    /// <summary>Fetches the configuration, by which everything else is asked.</summary>
    /// <exception cref="StorageException">The server cannot be reached or refuses.</exception>
    /// <exception cref="InvalidFileException">Its answer is not a catalog's.</exception>
    public static async Task<RestClient> OpenAsync(RestCatalogOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var client = new RestClient(options, clock);
        try
        {
            var query = options.Warehouse is { } warehouse ? $"?warehouse={Uri.EscapeDataString(warehouse)}" : "";
            client.Follow(await client.ReadAsync($"v1/config{query}", "the catalog's configuration cannot be read", cancellationToken).ConfigureAwait(false));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request; a token that the server refuses is replaced once.</summary>
    /// <exception cref="StorageException">The server cannot be reached.</exception>
    /// <exception cref="AnswerLostException">It was reached, and its answer was lost.</exception>
    public async Task<RestAnswer> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var authorization = await token.HeaderAsync(cancellationToken).ConfigureAwait(false);
            var answer = await exchange.SendAsync(method, AddressOf(path), body is null ? null : () => Content(body), request => Prepare(request, authorization), cancellationToken).ConfigureAwait(false);
            var isRefused = answer.Status == HttpStatusCode.Unauthorized || (int)answer.Status == 419;
            if (!isRefused || !isFirst || !await token.TryReplaceAsync(authorization, cancellationToken).ConfigureAwait(false))
            {
                return answer;
            }
        }
    }

    /// <summary>As <see cref="SendAsync"/>, where a lost answer is a failure like others, since whoever sees it may ask again.</summary>
    /// <exception cref="StorageException">The server cannot be reached, or its answer was lost.</exception>
    public async Task<RestAnswer> AskAsync(HttpMethod method, string path, JsonNode? body, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(method, path, body, cancellationToken).ConfigureAwait(false);
        }
        catch (AnswerLostException lost)
        {
            throw RestFaults.Unreached(AddressOf(path), what, lost);
        }
    }

    /// <summary>The body of a GET that must succeed.</summary>
    public async Task<JsonElement> ReadAsync(string path, string what, CancellationToken cancellationToken) =>
        BodyOf(await AskAsync(HttpMethod.Get, path, null, what, cancellationToken).ConfigureAwait(false), path, what);

    /// <summary>The body of an answer that must be a success and an object.</summary>
    public JsonElement BodyOf(RestAnswer answer, string path, string what) =>
        !answer.IsSuccess ? throw Fault(answer, path, what)
        : answer.Body is { ValueKind: JsonValueKind.Object } body ? body
        : throw RestFaults.Malformed(AddressOf(path), "it is no JSON object");

    /// <summary>Throws unless the answer is a success.</summary>
    public void Check(RestAnswer answer, string path, string what)
    {
        if (!answer.IsSuccess)
        {
            throw Fault(answer, path, what);
        }
    }

    public IcebergException Fault(RestAnswer answer, string path, string what) => RestFaults.Of(answer, AddressOf(path), what);

    public InvalidFileException Malformed(string path, string fault) => RestFaults.Malformed(AddressOf(path), fault);

    public Uri AddressOf(string path) => Combine(address, path);

    /// <summary>The members of an object of strings, other values as their JSON text; none if it is absent.</summary>
    public static Dictionary<string, string> Strings(JsonElement json, string name) => json.TryGetProperty(name, out var map) && map.ValueKind == JsonValueKind.Object
        ? map.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null).GroupBy(m => m.Name).ToDictionary(g => g.Key, g => g.Last().Value.ToString())
        : [];

    public void Dispose()
    {
        token.Dispose();
        exchange.Dispose();
    }

    private void Follow(JsonElement config)
    {
        Properties = Strings(config, "defaults").Concat(options.Properties).Concat(Strings(config, "overrides")).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value);
        Endpoints = RestEndpoints.Of(config);
        address = Properties.GetValueOrDefault("uri") is { } moved ? Combine(address, moved) : address;
        var prefix = Properties.GetValueOrDefault("prefix")?.Trim('/') is { Length: > 0 } named ? named + "/" : "";
        Paths = new RestPaths($"v1/{prefix}", Uri.UnescapeDataString(Properties.GetValueOrDefault("namespace-separator") ?? "%1F"));
        foreach (var (key, value) in Properties.Where(p => p.Key.StartsWith(HeaderKey, StringComparison.Ordinal)))
        {
            headers.TryAdd(key[HeaderKey.Length..], value);
        }

        if (Properties.Keys.Any(key => key is "uri" or "token" or "credential" or "oauth2-server-uri" or "scope"))
        {
            token.Dispose();
            token = NewToken();
        }
    }

    private RestToken NewToken() => new(
        exchange,
        clock,
        Properties.GetValueOrDefault("token") ?? options.Token,
        Properties.GetValueOrDefault("credential") ?? options.Credential,
        Properties.GetValueOrDefault("oauth2-server-uri") is { } server ? Combine(address, server) : options.OAuth2ServerUri ?? Combine(address, "v1/oauth/tokens"),
        Properties.GetValueOrDefault("scope") ?? options.Scope);

    private void Prepare(HttpRequestHeaders request, AuthenticationHeaderValue? authorization)
    {
        request.Authorization = authorization;
        if (options.AsksForCredentials)
        {
            request.TryAddWithoutValidation("X-Iceberg-Access-Delegation", "vended-credentials");
        }

        foreach (var (name, value) in headers)
        {
            request.Remove(name);
            request.TryAddWithoutValidation(name, value);
        }
    }

    private static StringContent Content(JsonNode body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static Uri Combine(Uri catalog, string path) =>
        Uri.TryCreate(path, UriKind.Absolute, out var whole) && whole.Scheme is "http" or "https" ? whole : new Uri($"{catalog.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}");
}
