using System.Security.Claims;
using System.Text;
using Features.Flight.Serving;
using Features.Server.Access;
using Features.Server.Workspaces;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace Features.Server.Tests.Access;

public sealed class BearerTokensTests : IDisposable
{
    private const string Secret = "a secret of thirty-two bytes or more";
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TokenIssuer issuer = new();
    private readonly string folder = Directory.CreateTempSubdirectory("features-tokens-").FullName;

    private DateTimeOffset Now => clock.GetUtcNow();

    public void Dispose()
    {
        issuer.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Prove_TokenOfTheIssuer_GivesSubjectTenantAndRoles()
    {
        var user = await KeysFile().ProveAsync(issuer.Token(Now, "ada", claims: [("tenant", "lab"), ("roles", new[] { "train", "ops" })]));

        Assert.Equal(("ada", "lab"), (user.Identity!.Name, user.FindFirst(FlightClaimTypes.Tenant)!.Value));
        Assert.Equal(["train", "ops"], user.FindAll(FlightClaimTypes.Role).Select(role => role.Value));
        var plain = await KeysFile().ProveAsync(issuer.Token(Now, "ada", claims: [("roles", "train ops")]));
        Assert.Null(plain.FindFirst(FlightClaimTypes.Tenant));
        Assert.Equal(["train", "ops"], plain.FindAll(FlightClaimTypes.Role).Select(role => role.Value));
        Assert.Equal("ada", (await Shared().ProveAsync(TokenIssuer.Sign(Hmac(Secret), Now, "ada"))).Identity!.Name);
    }

    [Fact]
    public async Task Prove_OtherClaims_AreTakenWhereTheyAreNamed()
    {
        var tokens = KeysFile(auth => (auth.SubjectClaim, auth.TenantClaim, auth.RolesClaim) = ("email", "org", "scp"));
        var user = await tokens.ProveAsync(issuer.Token(Now, "1234", claims: [("email", "ada@example.org"), ("org", "lab"), ("scp", "read")]));
        Assert.Equal(("ada@example.org", "lab", "read"), (user.Identity!.Name, user.FindFirst(FlightClaimTypes.Tenant)!.Value, user.FindFirst(FlightClaimTypes.Role)!.Value));
        Assert.Contains("'email'", await RefusedAsync(tokens, issuer.Token(Now, "1234")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prove_WhatTheIssuerDidNotSayOrNotForNow_IsRefused()
    {
        var tokens = KeysFile();
        using var other = new TokenIssuer();
        var unsigned = TokenIssuer.Sign(credentials: null, Now, "ada");
        var signed = issuer.Token(Now, "ada");
        (string Token, string Reason)[] matrix =
        [
            (issuer.Token(Now.AddHours(-2), "ada"), "does not hold now"),
            (issuer.Token(Now.AddHours(2), "ada"), "does not hold now"),
            (issuer.Token(Now, "ada", token => token.Expires = null), "does not hold now"),
            (issuer.Token(Now, "ada", token => token.Audience = "another"), "another audience than 'features'"),
            (issuer.Token(Now, "ada", token => token.Audience = null), "another audience than 'features'"),
            (issuer.Token(Now, "ada", token => token.Issuer = "https://evil.example.org"), "another issuer than"),
            (issuer.Token(Now, "ada", token => token.Issuer = null), "another issuer than"),
            (issuer.Token(Now, "ada", keyId: "key-2"), "a key that this service does not know"),
            (other.Token(Now, "ada"), "signature does not hold"),
            (unsigned, "algorithm that is not taken"),
            (unsigned.Replace("eyJhbGciOiJub25lIi", "eyJhbGciOiJOb05lIi", StringComparison.Ordinal), "algorithm that is not taken"),
            (signed[..^10] + "AAAAAAAAAA", "signature does not hold"),
            (signed[..signed.LastIndexOf('.')] + ".", "not hold"),
            (TokenIssuer.Sign(Hmac(Secret), Now, "ada"), "algorithm that is not taken"),
            (issuer.Token(Now, "local"), "'local'"),
            (issuer.Token(Now, "ada", claims: [("tenant", "local")]), "'local'"),
            (issuer.Token(Now, ""), "no claim 'sub'"),
            (issuer.Token(Now, new string('a', 257)), "256"),
            ("", "no JSON web token"),
            ("a.b.c", "no JSON web token"),
            (new string('a', 1 << 20), "no JSON web token"),
        ];
        foreach (var (token, reason) in matrix)
        {
            Assert.Contains(reason, await RefusedAsync(tokens, token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Prove_PublicKeyTakenForASecret_IsRefused()
    {
        // The algorithm is the service's to choose: a token that names HS256 would be proven with the text of the public key.
        var confused = TokenIssuer.Sign(new SigningCredentials(new SymmetricSecurityKey(issuer.PublicPem()) { KeyId = TokenIssuer.KeyId }, SecurityAlgorithms.HmacSha256), Now, "ada");
        Assert.Contains("algorithm", await RefusedAsync(KeysFile(), confused), StringComparison.Ordinal);
        Assert.Contains("algorithm", await RefusedAsync(Shared(), issuer.Token(Now, "ada")), StringComparison.Ordinal);
        Assert.Contains("a key that this service does not know", await RefusedAsync(Shared(), TokenIssuer.Sign(Hmac("another secret of thirty-two bytes!!"), Now, "ada")), StringComparison.Ordinal);
        var narrow = KeysFile(auth => auth.Algorithms = ["ES256"]);
        Assert.Contains("ES256", await RefusedAsync(narrow, issuer.Token(Now, "ada")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prove_WithinTheSkewOfClocks_IsTakenAndPastItRefused()
    {
        var (loose, strict) = (KeysFile(), KeysFile(auth => auth.ClockSkew = "0"));
        var token = issuer.Token(Now, "ada");
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("ada", (await loose.ProveAsync(token)).Identity!.Name);
        await RefusedAsync(strict, token);
        clock.Advance(TimeSpan.FromMinutes(1));
        await RefusedAsync(loose, token);
    }

    [Fact]
    public async Task KeysFile_ThatChanges_IsReadAgainAndABrokenOneIsNot()
    {
        var tokens = KeysFile();
        var path = Path.Combine(folder, "keys.json");
        var token = issuer.Token(Now, "ada", keyId: "next");
        await RefusedAsync(tokens, token);

        await WriteAsync(issuer.KeySet("next"), 1);
        Assert.Equal("ada", (await tokens.ProveAsync(token)).Identity!.Name);
        await WriteAsync("{\"keys\":[", 2);
        Assert.Equal("ada", (await tokens.ProveAsync(token)).Identity!.Name);

        async Task WriteAsync(string text, int day)
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(path, new DateTime(2026, 2, day, 0, 0, 0, DateTimeKind.Utc));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("""{"keys":[{"kty":"oct","kid":"key-1","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}""")]
    public void KeysFile_WithoutAPublicKey_IsRefusedAtTheStart(string text)
    {
        File.WriteAllText(Path.Combine(folder, "bad.json"), text);
        var fault = Assert.Throws<WorkspaceException>(() => new BearerTokens(Auth(auth => auth.KeysFile = "bad.json"), folder, clock));
        Assert.Contains("flight.auth.keys_file", fault.Message, StringComparison.Ordinal);
        Assert.Throws<WorkspaceException>(() => new BearerTokens(Auth(auth => auth.KeysFile = "missing.json"), folder, clock));
    }

    [Fact]
    public async Task Authority_GivesItsKeys_AndWhatItCannotGiveNowMayBeTriedAgain()
    {
        var published = new Published(issuer.KeySet());
        var tokens = new BearerTokens(Auth(auth => auth.Authority = TokenIssuer.Issuer), folder, clock, published);
        Assert.Equal("ada", (await tokens.ProveAsync(issuer.Token(Now, "ada"))).Identity!.Name);
        await RefusedAsync(tokens, issuer.Token(Now, "ada", keyId: "key-2"));
        await RefusedAsync(tokens, issuer.Token(Now, "ada", token => token.Issuer = "https://evil.example.org"));

        var away = new BearerTokens(Auth(auth => auth.Authority = TokenIssuer.Issuer), folder, clock, new Published(null));
        var refusal = await Assert.ThrowsAsync<TokenRefusedException>(() => away.ProveAsync(issuer.Token(Now, "ada")));
        Assert.True(refusal.IsTransient);
        Assert.Contains("try again", refusal.Message, StringComparison.Ordinal);
    }

    private static SigningCredentials Hmac(string secret) => new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256);

    private static FlightAuthConfig Auth(Action<FlightAuthConfig> change)
    {
        var auth = new FlightAuthConfig { Issuer = TokenIssuer.Issuer, Audience = TokenIssuer.Audience };
        change(auth);
        return auth;
    }

    private static async Task<string> RefusedAsync(BearerTokens tokens, string token) =>
        (await Assert.ThrowsAsync<TokenRefusedException>(() => tokens.ProveAsync(token))).Message;

    private BearerTokens Shared() => new(Auth(auth => auth.Secret = Secret), folder, clock);

    private BearerTokens KeysFile(Action<FlightAuthConfig>? change = null)
    {
        File.WriteAllText(Path.Combine(folder, "keys.json"), issuer.KeySet());
        return new BearerTokens(Auth(auth =>
        {
            auth.KeysFile = "keys.json";
            change?.Invoke(auth);
        }), folder, clock);
    }

    private sealed class Published(string? keys) : IDocumentRetriever
    {
        public Task<string> GetDocumentAsync(string address, CancellationToken cancel) => Task.FromResult(
            keys is null ? throw new IOException("the issuer is away")
            : address == $"{TokenIssuer.Issuer}/.well-known/openid-configuration" ? $$"""{"issuer":"{{TokenIssuer.Issuer}}","jwks_uri":"{{TokenIssuer.Issuer}}/keys"}"""
            : keys);
    }
}
