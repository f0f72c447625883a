using System.Security.Cryptography;
using System.Text;
using Features.Server.Online;
using Features.Server.Workspaces;
using Microsoft.AspNetCore.Http;

namespace Features.Server.Tests.Online;

public sealed class ApiKeysTests
{
    private static readonly ApiKeys Keys = ApiKeys.From(new OnlineConfig
    {
        ApiKeys =
        [
            new ApiKeyConfig { Name = "scoring", Key = "a-key-of-scoring" },
            new ApiKeyConfig { Name = "search", KeyHash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("schlüssel"))) },
        ],
    });

    [Theory]
    [InlineData("Authorization", "Bearer a-key-of-scoring", "scoring")]
    [InlineData("Authorization", "bearer  a-key-of-scoring ", "scoring")]
    [InlineData("X-API-Key", "a-key-of-scoring", "scoring")]
    [InlineData("x-api-key", "schlüssel", "search")]
    public void PrincipalOf_AKnownKey_IsItsHolder(string header, string value, string expected) =>
        Assert.Equal(expected, Keys.PrincipalOf(new HeaderDictionary { [header] = value }));

    [Theory]
    [InlineData("Authorization", "Bearer a-key-of-scorinG")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Basic a-key-of-scoring")]
    [InlineData("X-API-Key", "")]
    [InlineData("X-Other", "a-key-of-scoring")]
    public void PrincipalOf_AnythingElse_IsRefused(string header, string value)
    {
        var fault = Assert.Throws<OnlineFault>(() => Keys.PrincipalOf(new HeaderDictionary { [header] = value }));
        Assert.Equal(401, fault.Status);
        Assert.DoesNotContain("a-key", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PrincipalOf_AKeyOfAnyLength_IsAnswered() =>
        Assert.Equal(401, Assert.Throws<OnlineFault>(() => Keys.PrincipalOf(new HeaderDictionary { ["X-API-Key"] = new string('k', 100_000) })).Status);

    [Fact]
    public void PrincipalOf_WithoutConfiguredKeys_IsLocal()
    {
        var open = ApiKeys.From(new OnlineConfig());
        Assert.False(open.AreRequired);
        Assert.Equal("local", open.PrincipalOf(new HeaderDictionary { ["X-API-Key"] = "whatever" }));
    }

    [Theory]
    [InlineData("Host", "localhost:6566", true)]
    [InlineData("Host", "[::1]:6566", true)]
    [InlineData("Host", "127.0.0.1", true)]
    [InlineData("Host", "features.attacker.example:6566", false)]
    [InlineData("Origin", "https://attacker.example", false)]
    public void PrincipalOf_WithoutConfiguredKeys_IsForProgramsOfThisMachine(string header, string value, bool isLocal)
    {
        var (open, headers) = (ApiKeys.From(new OnlineConfig()), new HeaderDictionary { [header] = value });
        Assert.Equal(isLocal ? (int?)null : 403, Record.Exception(() => open.PrincipalOf(headers)) is OnlineFault fault ? fault.Status : (int?)null);
    }

    [Fact]
    public void Config_AsText_ShowsNoKey() => Assert.DoesNotContain("secret", new ApiKeyConfig { Name = "n", Key = "secret" }.ToString(), StringComparison.Ordinal);
}
