using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure.Tests;

public sealed class AzureAddressTests
{
    [Theory]
    [InlineData("abfss://c@acct.dfs.core.windows.net/a b/%2F#x", "acct.blob.core.windows.net", "c", "a b/%2F#x")]
    [InlineData("wasb://c@ACCT.blob.core.windows.net/x", "acct.blob.core.windows.net", "c", "x")]
    [InlineData("abfss://ws@onelake.dfs.fabric.microsoft.com/lake/x", "onelake.blob.fabric.microsoft.com", "ws", "lake/x")]
    [InlineData("https://acct.dfs.core.windows.net/c/x", "acct.blob.core.windows.net", "c", "x")]
    [InlineData("abfss://c/x//y", null, "c", "x//y")]
    public void Parse_EveryForm_IsTaken(string location, string? host, string container, string name) =>
        Assert.Equal(new AzureAddress(host, container, name), AzureAddress.Parse(location));

    [Theory]
    [InlineData("s3://c/x")]
    [InlineData("http://acct.blob.core.windows.net/c/x")]
    [InlineData("https://acct.blob.core.windows.net")]
    [InlineData("https://acct.blob.core.windows.net/c/x?sv=2020&sig=abc")]
    [InlineData("https://evil.example/c/x")]
    [InlineData("https://acct.blob.core.windows.net.evil.example/c/x")]
    [InlineData("https://user@acct.blob.core.windows.net/c/x")]
    [InlineData("https://acct.blob.core.windows.net:8443/c/x")]
    [InlineData("abfss://c@169.254.169.254/x")]
    [InlineData("abfss://c@user@acct.dfs.core.windows.net/x")]
    [InlineData("abfss://c@acct.dfs.core.windows.net/a/../b/x")]
    public void Parse_AnythingElse_IsRefusedSoThatCredentialsGoNowhereElse(string location) =>
        Assert.Throws<StorageException>(() => AzureAddress.Parse(location));
}
