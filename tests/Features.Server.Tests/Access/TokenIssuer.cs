using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Features.Server.Tests.Access;

/// <summary>An issuer of tokens with one RSA key, whose public half it publishes as a JSON web key set.</summary>
internal sealed class TokenIssuer : IDisposable
{
    public const string Issuer = "https://id.example.org", Audience = "features", KeyId = "key-1";

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly RSA rsa = RSA.Create(2048);

    /// <summary>The public key, as an issuer publishes it.</summary>
    public string KeySet(string keyId = KeyId)
    {
        var key = rsa.ExportParameters(includePrivateParameters: false);
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = "RSA", use = "sig", kid = keyId, n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) } } });
    }

    /// <summary>The public key as PEM: what an attacker would take for a shared secret.</summary>
    public byte[] PublicPem() => Encoding.UTF8.GetBytes(rsa.ExportSubjectPublicKeyInfoPem());

    public string Token(DateTimeOffset now, string subject, Action<SecurityTokenDescriptor>? change = null, string? keyId = KeyId, params (string Name, object Value)[] claims) =>
        Sign(new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = keyId }, SecurityAlgorithms.RsaSha256), now, subject, change, claims);

    public static string Sign(SigningCredentials? credentials, DateTimeOffset now, string subject, Action<SecurityTokenDescriptor>? change = null, params (string Name, object Value)[] claims)
    {
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            NotBefore = now.UtcDateTime,
            Expires = now.UtcDateTime.AddHours(1),
            Claims = new Dictionary<string, object>(claims.Select(claim => KeyValuePair.Create(claim.Name, claim.Value))) { ["sub"] = subject },
            SigningCredentials = credentials,
        };
        change?.Invoke(descriptor);
        return Handler.CreateToken(descriptor);
    }

    public void Dispose() => rsa.Dispose();
}
