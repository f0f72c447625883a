using Azure;
using Azure.Identity;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure;

/// <summary>What a failed request means, with the remedy.</summary>
internal static class AzureFault
{
    public static IcebergException Of(string location, Exception cause) => cause switch
    {
        IcebergException e => e,
        RequestFailedException { ErrorCode: "ContainerNotFound" } => new StorageException(location, "the container does not exist", "create it, or correct the location", false, cause),
        RequestFailedException { Status: 404 } => new NotFoundException("file", location, "check the location, and relocate it if the table was moved", cause),
        RequestFailedException { ErrorCode: "BlobAlreadyExists" } => Exists(location),
        RequestFailedException { ErrorCode: "AuthenticationFailed" or "InvalidAuthenticationInfo" } => new StorageException(location, "the credentials were refused", "correct or renew the account key or the shared access signature", false, cause),
        RequestFailedException { Status: 401 or 403 } => new StorageException(location, "access is denied", "give these credentials the right to it", false, cause),
        RequestFailedException { Status: 412 } => new StorageException(location, "the object was replaced while it was read", "read it again", true, cause),
        RequestFailedException { Status: 429 } or RequestFailedException { ErrorCode: "ServerBusy" } => new StorageException(location, "the store asks to slow down", "repeat later, with fewer requests at once", true, cause),
        RequestFailedException { Status: 409 or 408 or >= 500 } e => new StorageException(location, $"the store answered {e.Status} {e.ErrorCode}", "repeat", true, cause),
        RequestFailedException { Status: > 0 } e => new StorageException(location, $"the store answered {e.Status} {e.ErrorCode}", "see the store's log", false, cause),
        CredentialUnavailableException or AuthenticationFailedException =>
            new StorageException(location, $"there are no credentials ({cause.Message.Split('\n')[0]})", "set adls.account-key, adls.sas-token or adls.connection-string, or log in with 'az login'", false, cause),
        _ => new StorageException(location, $"the store cannot be reached ({cause.Message.Split('\n')[0]})", "check the account's name and the network, then repeat", true, cause),
    };

    public static AlreadyExistsException Exists(string location) => new("file", location, "choose another name; objects are never replaced");
}
