using System.Text;

namespace Features.Server.Workspaces;

/// <summary>Key <c>flight.auth</c>: JSON web tokens (RFC 7519) as bearer tokens. One of <see cref="KeysFile"/>, <see cref="Authority"/> and <see cref="Secret"/> says whose signatures hold.</summary>
public sealed record FlightAuthConfig
{
    /// <summary>The issuer that a token must name, exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The audience that a token must name.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The issuer's public keys, a JSON web key set (RFC 7517); read again when it changes.</summary>
    public string? KeysFile { get; set; }

    /// <summary>An HTTPS address whose <c>/.well-known/openid-configuration</c> names the issuer's public keys.</summary>
    public string? Authority { get; set; }

    /// <summary>A secret of at least 32 bytes shared with the issuer, best as <c>${ENV}</c>.</summary>
    public string? Secret { get; set; }

    /// <summary>The signature algorithms that are taken; null for RS256, PS256, ES256 and their larger kin with public keys, and for HS256 with a secret.</summary>
    public List<string>? Algorithms { get; set; }

    /// <summary>How far the issuer's clock may be from this one: a whole number and a unit, at most 10 minutes; <c>0</c> for not at all.</summary>
    public string ClockSkew { get; set; } = "1m";

    /// <summary>The claim that names the caller.</summary>
    public string SubjectClaim { get; set; } = "sub";

    /// <summary>The claim that names the caller's tenant; a token without it has none.</summary>
    public string TenantClaim { get; set; } = "tenant";

    /// <summary>The claim that names the caller's roles: a text, several parted by blanks, or a list.</summary>
    public string RolesClaim { get; set; } = "roles";

    /// <summary><see cref="ClockSkew"/> as a time; null if it cannot be read.</summary>
    internal TimeSpan? Skew => ClockSkew == IntervalText.Never ? TimeSpan.Zero : IntervalText.TryParse(ClockSkew);

    // Configurations are logged; what they hold in secret is not.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Issuer = ").Append(Issuer).Append(", Audience = ").Append(Audience);
        return true;
    }
}
