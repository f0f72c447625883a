using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>One request and its answer over HTTP: bounded in time and size, sent again where the server says that it did not take it up.</summary>
internal sealed class RestExchange : IDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly HttpClient http;
    private readonly RestCatalogOptions options;
    private readonly TimeProvider clock;

    public RestExchange(RestCatalogOptions options, TimeProvider clock)
    {
        (this.options, this.clock) = (options, clock);
        http = options.Handler is { } handler
            ? new HttpClient(handler, disposeHandler: false)
            : new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
        http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Sends a request; a GET or HEAD is repeated while the server fails, others only while it cannot be reached or says that it is asked too often.</summary>
    /// <param name="method">The method.</param>
    /// <param name="address">Where to.</param>
    /// <param name="content">Makes the body, once for each time it is sent; null for none.</param>
    /// <param name="prepare">Sets headers; null for none.</param>
    /// <param name="cancellationToken">Cancels; a request that changes something only before it is sent.</param>
    /// <exception cref="StorageException">The server could not be reached.</exception>
    /// <exception cref="AnswerLostException">It was reached, and its answer was lost.</exception>
    public async Task<RestAnswer> SendAsync(HttpMethod method, Uri address, Func<HttpContent>? content, Action<HttpRequestHeaders>? prepare, CancellationToken cancellationToken)
    {
        var isRead = method == HttpMethod.Get || method == HttpMethod.Head;
        for (var attempt = 0; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan? asked = null;
            try
            {
                // Nobody could tell the outcome of a change that was cancelled on its way.
                (var answer, asked) = await SendOnceAsync(method, address, content, prepare, isRead ? cancellationToken : CancellationToken.None).ConfigureAwait(false);
                if (attempt >= options.Retries || !(answer.Status == HttpStatusCode.TooManyRequests || (isRead && answer.IsUnknown)))
                {
                    return answer;
                }
            }
            catch (Exception fault) when (attempt < options.Retries && (fault is StorageException || (isRead && fault is AnswerLostException)))
            {
                // It is sent again after a wait.
            }

            var wait = asked ?? FirstWait * Math.Pow(2, attempt);
            await Task.Delay(wait < LongestWait ? wait : LongestWait, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<(RestAnswer Answer, TimeSpan? RetryAfter)> SendOnceAsync(
        HttpMethod method, Uri address, Func<HttpContent>? content, Action<HttpRequestHeaders>? prepare, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, address) { Content = content?.Invoke() };
        request.Headers.Accept.ParseAdd("application/json");
        prepare?.Invoke(request.Headers);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            var bytes = await ReadAsync(response, either.Token).ConfigureAwait(false);
            return (new RestAnswer(response.StatusCode, Parse(bytes, response.IsSuccessStatusCode)), RetryAfter(response));
        }
        catch (HttpRequestException unreached) when (unreached.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError)
        {
            throw RestFaults.Unreached(address, "the catalog cannot be reached", unreached);
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AnswerLostException(string.Create(CultureInfo.InvariantCulture, $"no answer came within {options.Timeout.TotalSeconds} s"), late);
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or InvalidDataException or JsonException)
        {
            throw new AnswerLostException(lost.Message, lost);
        }
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var block = new byte[64 << 10];
            for (var read = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false); read > 0; read = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false))
            {
                body.Write(block, 0, read);
                if (body.Length > options.LargestAnswerBytes)
                {
                    throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"the answer has more than {options.LargestAnswerBytes} bytes"));
                }
            }

            return body.ToArray();
        }
    }

    // What stands in front of a catalog answers its errors in HTML.
    private static JsonElement? Parse(byte[] body, bool mustBeJson)
    {
        try
        {
            if (body.Length == 0)
            {
                return null;
            }

            JsonText.Check(body, SchemaJson.DocumentOptions);
            return JsonElement.Parse(body, SchemaJson.DocumentOptions);
        }
        catch (JsonException) when (!mustBeJson)
        {
            return null;
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > clock.GetUtcNow() ? date - clock.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };
}
