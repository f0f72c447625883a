using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;

namespace Features.Iceberg.Catalogs.Rest;

public sealed class RestTokenTests : IAsyncLifetime
{
    private readonly Warehouse warehouse = new();
    private readonly FakeTimeProvider clock = new();
    private RestServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new RestServer(warehouse.Folder, warehouse.Storage) { Credential = ("me", "secret"), Clock = clock, TokenSeconds = 1000 };
        await server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        warehouse.Dispose();
    }

    [Fact]
    public async Task Token_IsFetchedOnceAndAgainBeforeItExpires()
    {
        using var catalog = await OpenAsync(new() { Uri = server.Uri, Credential = "me:secret", Scope = "PRINCIPAL_ROLE:ALL" });
        await catalog.ListNamespacesAsync(null, default);
        Assert.Equal(1, server.TokensIssued);
        Assert.Contains("scope=PRINCIPAL_ROLE%3AALL", server.Requests.First().Body, StringComparison.Ordinal);
        Assert.False(server.Requests.First().Headers.ContainsKey("Authorization"));

        clock.Advance(TimeSpan.FromSeconds(939));
        await catalog.ListNamespacesAsync(null, default);
        Assert.Equal(1, server.TokensIssued);
        clock.Advance(TimeSpan.FromSeconds(1));
        await catalog.ListNamespacesAsync(null, default);
        Assert.Equal(2, server.TokensIssued);
    }

    [Fact]
    public async Task Token_ThatTheServerForgot_IsReplacedOnceForAllWhoHaveIt()
    {
        using var catalog = await OpenAsync(new() { Uri = server.Uri, Credential = "me:secret" });
        server.RevokeTokens();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => catalog.ListNamespacesAsync(null, default)));
        Assert.Equal(2, server.TokensIssued);
        server.Faults.Enqueue(new RestFault(new Regex("/namespaces$"), 401, Times: 2));
        await Assert.ThrowsAsync<StorageException>(() => catalog.ListNamespacesAsync(null, default));
        Assert.Equal(3, server.TokensIssued);
    }

    [Fact]
    public async Task Token_ThatIsGiven_IsUsedAndNotReplaced()
    {
        using var issuer = await OpenAsync(new() { Uri = server.Uri, Credential = "me:secret" });
        using var catalog = await OpenAsync(new() { Uri = server.Uri, Token = "token-1" });
        clock.Advance(TimeSpan.FromHours(1));
        var error = await Assert.ThrowsAsync<StorageException>(() => catalog.ListNamespacesAsync(null, default));
        Assert.Contains("give a valid 'token'", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.TokensIssued);
    }

    [Fact]
    public async Task Credential_TheServerDoesNotKnow_IsNamedWithoutItsSecret()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(new() { Uri = server.Uri, Credential = "me:hidden" }));
        Assert.Contains("invalid_client: who is that", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_FromAServerOfItsOwn_IsFetchedThereWithoutTheCatalogsHeaders()
    {
        await using var identity = new RestServer(warehouse.Folder, warehouse.Storage) { Credential = ("me", "secret"), Clock = clock };
        await identity.StartAsync();
        server.Credential = null;
        using var catalog = await OpenAsync(new()
        {
            Uri = server.Uri,
            Credential = "me:secret",
            OAuth2ServerUri = new Uri($"{identity.Uri}/realm/oauth/tokens"),
            Headers = new Dictionary<string, string> { ["X-Mine"] = "b" },
        });
        Assert.Equal("POST /base/realm/oauth/tokens", Assert.Single(identity.Requests).Line);
        Assert.False(identity.Requests.Single().Headers.ContainsKey("X-Mine"));
        Assert.Equal("Bearer token-1", server.Requests.First().Headers["Authorization"]);
    }

    private Task<RestCatalog> OpenAsync(RestCatalogOptions options) => RestCatalog.OpenAsync(options, (_, _) => warehouse.Storage, clock, default);
}
