using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Lists that a server may give in pages.</summary>
internal static class RestPages
{
    /// <summary>The items of every page.</summary>
    /// <param name="client">Whom to ask.</param>
    /// <param name="path">The list's path, with its query.</param>
    /// <param name="items">The field that holds the items.</param>
    /// <param name="what">What could not be done, for messages.</param>
    /// <param name="missing">The error where what is listed does not exist; null: there are then no items.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async IAsyncEnumerable<JsonElement> ReadAsync(
        RestClient client, string path, string items, string what, Exception? missing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>();
        // An empty token says that the client knows pages.
        for (var page = ""; page is not null;)
        {
            var paged = $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}pageToken={Uri.EscapeDataString(page)}";
            var answer = await client.AskAsync(HttpMethod.Get, paged, null, what, cancellationToken).ConfigureAwait(false);
            if (answer.IsMissing)
            {
                if (missing is not null)
                {
                    throw missing;
                }

                yield break;
            }

            var body = client.BodyOf(answer, paged, what);
            if (!body.TryGetProperty(items, out var list) || list.ValueKind != JsonValueKind.Array)
            {
                throw client.Malformed(paged, $"'{items}' is missing");
            }

            foreach (var item in list.EnumerateArray())
            {
                yield return item;
            }

            page = body.TryGetProperty("next-page-token", out var next) && next.ValueKind == JsonValueKind.String && next.GetString() is { Length: > 0 } token ? token : null;
            if (page is not null && !seen.Add(page))
            {
                throw client.Malformed(paged, "its pages go round in a circle");
            }
        }
    }
}
