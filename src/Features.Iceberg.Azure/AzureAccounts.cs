using System.Collections.Concurrent;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Storage;
using Azure.Storage.Blobs;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure;

/// <summary>One client for each account, with the credentials that are meant for it.</summary>
internal sealed class AzureAccounts
{
    private readonly ConcurrentDictionary<string, BlobServiceClient> clients = new(StringComparer.Ordinal);
    private readonly AzureStoreOptions options;
    private readonly BlobClientOptions clientOptions;
    private readonly BlobServiceClient? connected;
    private readonly Lazy<TokenCredential> identity;

    public AzureAccounts(AzureStoreOptions options)
    {
        this.options = options;
        // A name keeps its slashes, first and last too; other engines wrote it.
        clientOptions = new BlobClientOptions { TrimBlobNameSlashes = false, Retry = { MaxRetries = options.MaxRetries } };
        try
        {
            connected = options.ConnectionString is { } text ? new BlobServiceClient(text, clientOptions) : null;
        }
        catch (FormatException e)
        {
            throw new InvalidTableArgumentException($"adls.connection-string cannot be read: {e.Message}");
        }

        identity = new Lazy<TokenCredential>(() => options.ClientSecret is not null
            ? new ClientSecretCredential(options.TenantId, options.ClientId, options.ClientSecret)
            : new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId, TenantId = options.TenantId }));
    }

    public BlobContainerClient ContainerOf(string location, AzureAddress address)
    {
        var account = address.Account ?? options.AccountName ?? connected?.AccountName
            ?? throw new StorageException(location, "it names no storage account", "give abfss://container@account.dfs.core.windows.net/path, or set adls.account-name", false);
        var client = connected?.AccountName == account
            ? connected
            : clients.GetOrAdd(address.Host ?? $"{account}.blob.core.windows.net", Open, account);
        return client.GetBlobContainerClient(address.Container);
    }

    private BlobServiceClient Open(string host, string account)
    {
        var endpoint = new Uri($"https://{host}");
        return options switch
        {
            _ when (options.SasTokens.GetValueOrDefault(account) ?? options.SasTokens.GetValueOrDefault("")) is { } sas => new BlobServiceClient(endpoint, new AzureSasCredential(sas), clientOptions),
            { AccountKey: { } key, AccountName: { } name } when name == account => new BlobServiceClient(endpoint, new StorageSharedKeyCredential(name, key), clientOptions),
            _ => new BlobServiceClient(endpoint, identity.Value, clientOptions),
        };
    }
}
