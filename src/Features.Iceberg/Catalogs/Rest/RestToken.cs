using System.Net.Http.Headers;
using System.Text.Json;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The bearer token of a REST catalog: given, or fetched with client credentials (OAuth2, RFC 6749 section 4.4) and fetched again before it expires.</summary>
internal sealed class RestToken(RestExchange exchange, TimeProvider clock, string? token, string? credential, Uri server, string scope) : IDisposable
{
    // A token that expires sooner after a request was sent would be refused on its way.
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim fetching = new(1, 1);
    private Held? held = token is null ? null : new Held(token, DateTimeOffset.MaxValue);

    /// <summary>The header; null without a token and a credential.</summary>
    public async Task<AuthenticationHeaderValue?> HeaderAsync(CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref held);
        if (credential is not null && (current is null || current.RefreshAt <= clock.GetUtcNow()))
        {
            current = await FetchAsync(current, cancellationToken).ConfigureAwait(false);
        }

        return current is null ? null : new AuthenticationHeaderValue("Bearer", current.Token);
    }

    /// <summary>Sees to it that a token which the server refused is not used again; false if there is nothing to fetch another with.</summary>
    public async Task<bool> TryReplaceAsync(AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        if (credential is null)
        {
            return false;
        }

        var current = Volatile.Read(ref held);
        if (current is null || current.Token == refused?.Parameter)
        {
            await FetchAsync(current, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    public void Dispose() => fetching.Dispose();

    private async Task<Held> FetchAsync(Held? stale, CancellationToken cancellationToken)
    {
        await fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whoever waited takes what the one before fetched.
            if (Volatile.Read(ref held) is { } fetched && !ReferenceEquals(fetched, stale))
            {
                return fetched;
            }

            var now = clock.GetUtcNow();
            var next = Read(await AskAsync(cancellationToken).ConfigureAwait(false), now);
            Volatile.Write(ref held, next);
            return next;
        }
        finally
        {
            fetching.Release();
        }
    }

    private async Task<RestAnswer> AskAsync(CancellationToken cancellationToken)
    {
        const string what = "a token could not be fetched";
        var colon = credential!.IndexOf(':', StringComparison.Ordinal);
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_secret"] = credential[(colon + 1)..], ["scope"] = scope };
        if (colon >= 0)
        {
            form["client_id"] = credential[..colon];
        }

        try
        {
            var answer = await exchange.SendAsync(HttpMethod.Post, server, () => new FormUrlEncodedContent(form), null, cancellationToken).ConfigureAwait(false);
            return answer.IsSuccess ? answer : throw RestFaults.Of(answer, server, what);
        }
        catch (AnswerLostException lost)
        {
            // A token that nobody got does no harm.
            throw RestFaults.Unreached(server, what, lost);
        }
    }

    private Held Read(RestAnswer answer, DateTimeOffset asked)
    {
        if (answer.Body is not { ValueKind: JsonValueKind.Object } body || !body.TryGetProperty("access_token", out var text) || text.ValueKind != JsonValueKind.String)
        {
            throw RestFaults.Malformed(server, "'access_token' is missing");
        }

        if (!body.TryGetProperty("expires_in", out var seconds) || seconds.ValueKind != JsonValueKind.Number || !seconds.TryGetInt32(out var lasts))
        {
            return new Held(text.GetString()!, DateTimeOffset.MaxValue);
        }

        var life = TimeSpan.FromSeconds(lasts);
        return new Held(text.GetString()!, asked + life - (life / 10 < LongestMargin ? life / 10 : LongestMargin));
    }

    private sealed record Held(string Token, DateTimeOffset RefreshAt);
}
