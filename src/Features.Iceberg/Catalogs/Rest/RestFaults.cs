using System.Globalization;
using System.Net;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Errors of a REST catalog, with what to do about them.</summary>
internal static class RestFaults
{
    private const int LongestMessage = 500;

    /// <summary>The error for an answer that no verb has a meaning of its own for.</summary>
    /// <param name="answer">What the server answered.</param>
    /// <param name="address">What was asked, for the message.</param>
    /// <param name="what">What could not be done.</param>
    public static IcebergException Of(RestAnswer answer, Uri address, string what)
    {
        var words = answer.Message is { } message ? $": {(message.Length <= LongestMessage ? message : message[..LongestMessage] + "…")}" : "";
        if (answer.Status is HttpStatusCode.NotAcceptable or HttpStatusCode.NotImplemented)
        {
            return new UnsupportedFeatureException($"{what}{words}: this", Place(address), "the catalog does not offer it");
        }

        var fault = string.Create(CultureInfo.InvariantCulture, $"{what}: the catalog answered {(int)answer.Status}{words}");
        return new StorageException(Place(address), fault, Remedy(answer), answer.IsUnknown || answer.Status == HttpStatusCode.TooManyRequests);
    }

    /// <summary>The error for a request that reached nobody, or whose answer was lost where that does no harm.</summary>
    public static StorageException Unreached(Uri address, string what, Exception fault) =>
        new(Place(address), $"{what}: {fault.Message}", "check that the catalog's uri is right, that it runs and can be reached", true, fault);

    /// <summary>The error for an answer that is not what the specification says.</summary>
    public static InvalidFileException Malformed(Uri address, string fault, Exception? inner = null) => new(Place(address), $"the catalog's answer is not valid: {fault}", inner);

    /// <summary>An address without a user's name and password, and without the query.</summary>
    public static string Place(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string Remedy(RestAnswer answer) => (int)answer.Status switch
    {
        400 => "the catalog does not accept the request as it is: change what it says is wrong",
        401 => "give a valid 'token', or a valid 'credential' with its 'oauth2-server-uri' and 'scope'",
        403 => "ask who runs the catalog for the privilege, or use another credential, scope or warehouse",
        419 => "the token has expired: give a fresh 'token', or a 'credential' that tokens are fetched with",
        404 => "check the catalog's uri and warehouse: what follows the uri must be '/v1/…' of an Iceberg REST catalog",
        409 => "read it again: what stands there is in the way",
        429 => "the catalog asks to be asked less often: try again later",
        >= 300 and < 400 => "the catalog redirects: give the address that it redirects to as its uri",
        >= 500 => "try again later; if it stays so, ask who runs the catalog",
        _ => "ask who runs the catalog",
    };
}
