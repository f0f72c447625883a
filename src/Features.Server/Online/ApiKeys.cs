using System.Net;
using System.Security.Cryptography;
using System.Text;
using Features.Core.Governance;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Http;

namespace Features.Server.Online;

/// <summary>Who asks: found by the key that a request carries, <c>Authorization: Bearer KEY</c> or <c>X-API-Key: KEY</c>. Keys are kept, and compared, as their SHA-256.</summary>
internal sealed class ApiKeys
{
    private const string Bearer = "Bearer ";
    private const string Header = "X-API-Key";
    private const int LongestKeyBytes = 1024;
    private readonly (string Principal, byte[] Hash)[] known;

    private ApiKeys((string Principal, byte[] Hash)[] known) => this.known = known;

    /// <summary>False if nobody has to say who they are.</summary>
    public bool AreRequired => known.Length > 0;

    /// <summary>Who holds one.</summary>
    public IEnumerable<string> Principals => known.Select(k => k.Principal);

    public static ApiKeys From(OnlineConfig config) =>
        new([.. (config.ApiKeys ?? []).Select(k => (k.Name, k.KeyHash is { } hash ? Convert.FromHexString(hash) : SHA256.HashData(Encoding.UTF8.GetBytes(k.Key!))))]);

    /// <summary>The principal of a request; <c>local</c> where no keys are configured.</summary>
    /// <exception cref="OnlineFault">It carries no key, or none that is known; or there are no keys and it comes from a web page.</exception>
    public string PrincipalOf(IHeaderDictionary headers) => !AreRequired ? Local(headers) : KeyOf(headers) is { } key ? Find(key) : throw OnlineFault.NoKey();

    // Without keys whoever is on this machine may ask, and a page that its browser shows is not: browsers name the page's origin, and a name that was made to lead here is no name of this machine.
    private static string Local(IHeaderDictionary headers) =>
        headers.Origin.Count == 0 && IsThisMachine(new HostString(headers.Host.ToString()).Host)
            ? LocalPolicy.Principal
            : throw OnlineFault.Denied("without API keys only programs of this machine may ask, at localhost and not from a web page; name keys under online.api_keys in features.yaml to serve others");

    private static bool IsThisMachine(string host) => host is "" or "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    private static string? KeyOf(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : headers[Header].ToString() is { Length: > 0 } key ? key
            : null;
    }

    // Every known key is compared, whichever fits, and hashes say nothing of how much of a key was right.
    private string Find(string key)
    {
        Span<byte> utf8 = stackalloc byte[LongestKeyBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!Encoding.UTF8.TryGetBytes(key, utf8, out var length))
        {
            throw OnlineFault.WrongKey();
        }

        SHA256.HashData(utf8[..length], hash);
        string? found = null;
        foreach (var (principal, expected) in known)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, expected) ? principal : found;
        }

        return found ?? throw OnlineFault.WrongKey();
    }
}
