namespace Features.Iceberg.Azure.Tests;

public sealed class AzureStoreOptionsTests
{
    [Theory]
    [InlineData("adls.account-name", "adls.account-key")]
    [InlineData("adls.auth.shared-key.account.name", "adls.auth.shared-key.account.key")]
    public void FromProperties_BothSpellings_AreTaken(string name, string key)
    {
        var options = AzureStoreOptions.FromProperties(new Dictionary<string, string>
        {
            [name] = "acct",
            [key] = "c2VjcmV0",
            ["adls.sas-token"] = "?all",
            ["adls.sas-token.other.dfs.core.windows.net"] = "others",
            ["unknown"] = "ignored",
        });
        Assert.Equal(("acct", "c2VjcmV0"), (options.AccountName, options.AccountKey));
        Assert.Equal(("all", "others"), (options.SasTokens[""], options.SasTokens["other"]));
        Assert.DoesNotContain("c2VjcmV0", options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adls.account-key", "a2V5")]
    [InlineData("adls.client-secret", "secret")]
    public void FromProperties_HalfACredential_IsRefusedByName(string name, string value) =>
        Assert.Contains(name, Assert.Throws<InvalidTableArgumentException>(() => AzureStoreOptions.FromProperties(new Dictionary<string, string> { [name] = value })).Message, StringComparison.Ordinal);

    [Fact]
    public void Store_OfABrokenConnectionString_SaysWhich() =>
        Assert.Contains("adls.connection-string", Assert.Throws<InvalidTableArgumentException>(() => new AzureObjectStore(new AzureStoreOptions { ConnectionString = "nothing" })).Message, StringComparison.Ordinal);
}
