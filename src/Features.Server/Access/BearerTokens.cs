using System.Security.Claims;
using System.Text;
using Features.Flight.Serving;
using Features.Server.Workspaces;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Features.Server.Access;

/// <summary>
/// Proves JSON web tokens: the algorithm, the key, the issuer, the audience and the time are those that <c>flight.auth</c> says, whatever the token says of itself (RFC 8725).
/// </summary>
internal sealed class BearerTokens
{
    private const int MaxTokenBytes = 16 << 10;
    private const int MaxNameChars = 256;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxTokenBytes };
    private readonly FlightAuthConfig config;
    private readonly TokenValidationParameters rules;

    /// <param name="config">What <c>flight.auth</c> says, checked.</param>
    /// <param name="root">The workspace's folder.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="documents">Fetches what an authority publishes; null for over HTTPS.</param>
    /// <exception cref="WorkspaceException">The file of keys cannot be read.</exception>
    public BearerTokens(FlightAuthConfig config, string root, TimeProvider clock, IDocumentRetriever? documents = null)
    {
        this.config = config;
        rules = new TokenValidationParameters
        {
            IssuerValidator = (issuer, _, _) => issuer == config.Issuer ? issuer : throw new SecurityTokenInvalidIssuerException("another issuer"),
            ValidAudience = config.Audience,
            ValidAlgorithms = config.Algorithms ?? (config.Secret is null ? [.. FlightKeys.Public] : [FlightKeys.Shared[0]]),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuerSigningKey = true,
            TryAllIssuerSigningKeys = false,
            LifetimeValidator = (from, until, _, _) => IsNow(clock.GetUtcNow().UtcDateTime, from, until, config.Skew!.Value),
        };
        if (config.Secret is { } secret)
        {
            var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret));
            rules.IssuerSigningKeyResolver = (_, _, _, _) => [key];
        }
        else if (config.KeysFile is { } file)
        {
            var keys = new KeySetFile(Path.GetFullPath(file, root));
            rules.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.For(keyId);
        }
        else
        {
            rules.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                $"{config.Authority!.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), documents ?? new HttpDocumentRetriever { RequireHttps = true });
        }
    }

    /// <summary>Who a token speaks for: its subject as the name, with its tenant and its roles.</summary>
    /// <exception cref="TokenRefusedException">It does not hold; the message says why, and nothing of what is in it.</exception>
    public async Task<ClaimsPrincipal> ProveAsync(string token)
    {
        CheckAlgorithm(token);
        await FetchKeysAsync();
        var result = await handler.ValidateTokenAsync(token, rules);
        if (!result.IsValid)
        {
            throw Refusal(result.Exception);
        }

        var claims = result.ClaimsIdentity;
        var subject = Name(claims.FindFirst(config.SubjectClaim)?.Value, config.SubjectClaim) ?? throw new TokenRefusedException($"the token has no claim '{config.SubjectClaim}', which names who calls");
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, subject)], "Bearer");
        if (Name(claims.FindFirst(config.TenantClaim)?.Value, config.TenantClaim) is { } tenant)
        {
            identity.AddClaim(new Claim(FlightClaimTypes.Tenant, tenant));
        }

        identity.AddClaims(claims.FindAll(config.RolesClaim).SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(role => new Claim(FlightClaimTypes.Role, role)));
        return new ClaimsPrincipal(identity);
    }

    // Asked before any key is looked for, so that the reason is said as it is.
    private void CheckAlgorithm(string token)
    {
        var algorithm = "";
        try
        {
            algorithm = handler.CanReadToken(token) ? handler.ReadJsonWebToken(token).Alg : throw new TokenRefusedException("the token is no JSON web token, or too long");
        }
        catch (Exception fault) when (fault is SecurityTokenException or ArgumentException)
        {
            throw Refusal(fault);
        }

        if (!rules.ValidAlgorithms.Contains(algorithm))
        {
            throw new TokenRefusedException($"the token is signed with an algorithm that is not taken; {string.Join(", ", rules.ValidAlgorithms)} are");
        }
    }

    // Kept for hours once they are there; what cannot be fetched now says nothing against the token.
    private async Task FetchKeysAsync()
    {
        try
        {
            if (rules.ConfigurationManager is { } authority)
            {
                await authority.GetBaseConfigurationAsync(CancellationToken.None);
            }
        }
        catch (Exception fault) when (fault is InvalidOperationException or IOException or ArgumentException)
        {
            throw new TokenRefusedException("the issuer's keys could not be fetched; try again", isTransient: true, fault);
        }
    }

    private static bool IsNow(DateTime now, DateTime? from, DateTime? until, TimeSpan skew) => until is { } end && now < end + skew && !(from > now + skew);

    // Nobody may come as who works here without a token.
    private static string? Name(string? text, string claim) => text switch
    {
        null or "" => null,
        Core.Governance.LocalPolicy.Principal => throw new TokenRefusedException($"the token's claim '{claim}' is 'local', which is who works on this machine without a token; have the issuer name it otherwise"),
        _ when text.Length > MaxNameChars || text.Any(char.IsControl) => throw new TokenRefusedException($"the token's claim '{claim}' is no name of at most {MaxNameChars} printable characters"),
        _ => text,
    };

    private TokenRefusedException Refusal(Exception fault) => fault switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenNoExpirationException =>
            new("the token does not hold now: it has expired, is not valid yet, or never expires; get a new one", inner: fault),
        SecurityTokenInvalidAudienceException => new($"the token is for another audience than '{config.Audience}'; get one for this service", inner: fault),
        SecurityTokenInvalidIssuerException => new($"the token is of another issuer than '{config.Issuer}'", inner: fault),
        SecurityTokenSignatureKeyNotFoundException => new("the token is signed by a key that this service does not know", inner: fault),
        _ => new("the token's signature does not hold, or it is no JSON web token", inner: fault),
    };
}
