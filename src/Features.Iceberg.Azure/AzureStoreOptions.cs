namespace Features.Iceberg.Azure;

/// <summary>
/// How Azure Blob Storage and ADLS are reached. For each account the first that is given counts: connection string, shared access signature, account key, service principal, and else what
/// <c>DefaultAzureCredential</c> finds: environment, workload or managed identity, Azure CLI.
/// </summary>
public sealed record AzureStoreOptions
{
    /// <summary>The length of a staged block, in bytes, and so of the largest object that is sent in one request: 8 MiB. Between 64 KiB and 1 GiB; an object has at most 50,000 blocks.</summary>
    public int BlockBytes { get; init; } = 8 << 20;

    /// <summary>How often a request that failed for a passing reason is repeated: 4 times, with growing waits.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>The account of locations that name none (<c>abfss://container/path</c>); null if all name theirs. A connection string names it too.</summary>
    public string? AccountName { get; init; }

    /// <summary>The key of <see cref="AccountName"/>, in base64.</summary>
    public string? AccountKey { get; init; }

    /// <summary>A connection string; its endpoint is used for its own account, so that an emulator is reached by it.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Shared access signatures by account; the empty name holds for every account.</summary>
    public IReadOnlyDictionary<string, string> SasTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>The tenant of a service principal; needed with <see cref="ClientId"/> and <see cref="ClientSecret"/>.</summary>
    public string? TenantId { get; init; }

    /// <summary>A service principal's application id; alone, the client id of a managed identity.</summary>
    public string? ClientId { get; init; }

    /// <summary>A service principal's secret.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>
    /// Options from Iceberg's property names, by PyIceberg's spelling and by Java's: <c>adls.connection-string</c>, <c>adls.account-name</c> or <c>adls.auth.shared-key.account.name</c>,
    /// <c>adls.account-key</c> or <c>adls.auth.shared-key.account.key</c>, <c>adls.sas-token</c> or <c>adls.sas-token.ACCOUNT</c>, <c>adls.tenant-id</c>, <c>adls.client-id</c>,
    /// <c>adls.client-secret</c>. Others are ignored.
    /// </summary>
    /// <exception cref="InvalidTableArgumentException">A value stands without the one that it needs.</exception>
    public static AzureStoreOptions FromProperties(IReadOnlyDictionary<string, string> properties)
    {
        const string Sas = "adls.sas-token";
        var options = new AzureStoreOptions
        {
            ConnectionString = Text("adls.connection-string"),
            AccountName = Text("adls.account-name") ?? Text("adls.auth.shared-key.account.name"),
            AccountKey = Text("adls.account-key") ?? Text("adls.auth.shared-key.account.key"),
            // Catalogs name the account by its host as well.
            SasTokens = properties.Where(p => (p.Key == Sas || p.Key.StartsWith(Sas + ".", StringComparison.Ordinal)) && p.Value.Length > 0)
                .GroupBy(p => p.Key.Length > Sas.Length ? p.Key[(Sas.Length + 1)..].Split('.')[0] : "").ToDictionary(g => g.Key, g => g.First().Value.TrimStart('?')),
            TenantId = Text("adls.tenant-id"),
            ClientId = Text("adls.client-id"),
            ClientSecret = Text("adls.client-secret"),
        };
        return options switch
        {
            { AccountKey: not null, AccountName: null } => throw new InvalidTableArgumentException("adls.account-key stands alone: give adls.account-name with it"),
            { ClientSecret: not null, TenantId: null } or { ClientSecret: not null, ClientId: null } =>
                throw new InvalidTableArgumentException("adls.client-secret stands alone: give adls.tenant-id and adls.client-id with it"),
            _ => options,
        };

        string? Text(string name) => properties.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Without its secrets.</summary>
    public override string ToString() => $"AzureStoreOptions {{ AccountName = {AccountName}, ClientId = {ClientId} }}";
}
